export { type AllCnnOptions, allCnn } from './allCnn.js';
export { countParams, type ParamCounts } from './countParams.js';
export { keptForGradient } from './keptForGradient.js';
export { type ActivationName, type ActivationSpec, activationNames } from './layers/activation.js';
export type { AffineSpec } from './layers/affine.js';
export { type ConvSpec, type ConvWeights, convWeights } from './layers/conv.js';
export type { DenseSpec } from './layers/dense.js';
export type { DropoutSpec } from './layers/dropout.js';
export type { GlobalPoolSpec } from './layers/globalPool.js';
export type { Initializer } from './layers/layerType.js';
export {
  type BatchNormSpec,
  type GroupNormSpec,
  type InstanceNormSpec,
  type LayerNormSpec,
  type NormKind,
  type NormSpec,
  normKinds,
  type RmsNormSpec,
} from './layers/norm.js';
export type { PoolSpec } from './layers/pool.js';
export type { LayerSpec, ResidualSpec } from './layerTypes.js';
export type { ModelSpec } from './modelSpec.js';
export { modelSpecJsonSchema } from './modelSpecJsonSchema.js';
export type { NetworkOptions } from './networkOptions.js';
export { type NamedNetworkOptions, type NetworkName, network, networkNames } from './networks.js';
export { type NinOptions, nin } from './nin.js';
export { parseSpec } from './parseSpec.js';
export { checkPlacement, type Placement, placements, placeNorms } from './placeNorms.js';
export { type PoolLength, poolLength } from './poolLength.js';
export {
  type BlockKind,
  blockKinds,
  type ResnetOptions,
  resnet,
  type ShortcutKind,
  shortcutKinds,
} from './resnet.js';
export { type SummaryRow, summarize } from './summarize.js';
export { type PlannedVariable, type VariablePlan, variablePlan } from './variablePlan.js';
export { type MappedPlace, mapLayers } from './visitLayers.js';
