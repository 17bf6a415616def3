import { suiteOn } from './harness/suiteOn.js';

// The build without fused multiply-add, on one thread: different roundings and different code.
suiteOn('wasm', { runs: 30, options: { build: 'plain', threads: 1 } });
