export { checkSeed, deriveSeed } from './deriveSeed.js';
export { permutation } from './permutation.js';
export { type RandomStream, randomStream } from './randomStream.js';
