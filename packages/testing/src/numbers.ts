// What runs in pages too: neither Node nor vitest is imported.
export { arrayOf, type NdArray, vectorOf } from './arrays.js';
export { normalArray, normals, uniformArray } from './random.js';
export { gamma, rootRoundings, unitRoundoff } from './roundoff.js';
export { leaked, normalTensor, read, readAll, toTensor } from './tensors.js';
export * as twins from './twins/index.js';
