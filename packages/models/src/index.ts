export { buildModel } from './buildModel.js';
export { type FoldedNetwork, foldNorms } from './foldNorms.js';
export type { Model, Variables } from './model.js';
export * from './spec.js';
