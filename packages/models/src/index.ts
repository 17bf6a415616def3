export { type AllCnnOptions, allCnn } from './allCnn.js';
export { buildModel } from './buildModel.js';
export { countParams, type ParamCounts } from './countParams.js';
export { type FoldedNetwork, foldNorms } from './foldNorms.js';
export type { Model, Variables } from './model.js';
export type {
  ActivationName,
  ActivationSpec,
  AffineSpec,
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
export { modelSpecJsonSchema } from './modelSpecJsonSchema.js';
export { activationNames, type NetworkOptions } from './networkOptions.js';
export { type NamedNetworkOptions, type NetworkName, network, networkNames } from './networks.js';
export { type NinOptions, nin } from './nin.js';
export { parseSpec } from './parseSpec.js';
export { checkPlacement, type Placement, placements, placeNorms } from './placeNorms.js';
export { type BlockKind, type ResnetOptions, resnet } from './resnet.js';
export { type SummaryRow, summarize } from './summarize.js';
export { type Initializer, type PlannedVariable, type VariablePlan, variablePlan } from './variablePlan.js';
