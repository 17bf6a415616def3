import { suiteOn } from './harness/suiteOn.js';

// As `suite.webgpu.test.ts`: 25 samples see every fault of `faults.ts`; here a sample costs little.
suiteOn('wasm', { runs: 50 });
