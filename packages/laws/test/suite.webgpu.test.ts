import { suiteOn } from './harness/suiteOn.js';

// In software, a sample takes six times as long as on wasm. 25 samples see every fault of `faults.ts`, by nearly all of the
// laws that see it with 100.
suiteOn('webgpu', { runs: 25 });
