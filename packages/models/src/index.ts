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
