import { trainOnWasm } from './training.js';

Object.assign(globalThis, { trainOnWasm, ready: true });
