import { suiteOn } from './harness/suiteOn.js';

// 25 samples see every fault of `faults.ts`, by nearly all of the laws that see it with 100.
suiteOn('wasm', { runs: 50 });
