export { type AllCnnOptions, allCnn } from './allCnn.js';
export { buildModel } from './buildModel.js';
export { countParams, type ParamCounts } from './countParams.js';
export type { Model, Variables } from './model.js';
export type {
  ActivationName,
  ActivationSpec,
  ConvSpec,
  DenseSpec,
  DropoutSpec,
  GlobalPoolSpec,
  LayerSpec,
  ModelSpec,
  NormSpec,
  PoolSpec,
  ResidualSpec,
} from './modelSpec.js';
export type { NetworkOptions } from './networkOptions.js';
export { parseSpec } from './parseSpec.js';
export { checkPlacement, type Placement, placements, placeNorms } from './placeNorms.js';
