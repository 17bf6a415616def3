import { suiteOn } from './harness/suiteOn.js';

suiteOn('tensorflow');
