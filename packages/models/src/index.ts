export { buildModel } from './buildModel.js';
export { type FoldedNetwork, foldNorms } from './foldNorms.js';
export { type Inference, type InferWithOptions, inferWith } from './inferWith.js';
export type { Model, Variables } from './model.js';
export type { TensorFunctions } from './runLayers.js';
export * from './spec.js';
