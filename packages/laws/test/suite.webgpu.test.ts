import { suiteOn } from './harness/suiteOn.js';

// In software, each sample compiles programs for its own shapes. Twelve samples see every fault of `faults.ts`, by 94 % of
// the laws that see it with 100; `npm run laws` judges a thousand.
suiteOn('webgpu', { runs: 12 });
