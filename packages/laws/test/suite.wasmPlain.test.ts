import { suiteOn } from './harness/suiteOn.js';

// The build without fused multiply-add, on one thread: other roundings, other code.
suiteOn('wasm', { runs: 30, options: { build: 'plain', threads: 1 } });
