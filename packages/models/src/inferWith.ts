import { refuseOthers } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import { checkVariables } from './checkVariables.js';
import type { Variables } from './model.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { inference, runLayers, type TensorFunctions } from './runLayers.js';
import * as tensorFunctions from './tensorFunctions.js';
import { planOf } from './variablePlan.js';

/** The tensor functions of an inference, and its input [N, H, W, C]: tensors, or stand-ins that the functions take. */
export type Inference = { readonly ops: TensorFunctions; readonly x: Tensor };

export type InferWithOptions = {
  /** The function that errors name: `inferWith` by default, and another one that calls it for its own users. */
  readonly where?: string;
};

/**
 * Runs a network's inference with other tensor functions than TensorFlow.js's: functions that record instead of compute
 * give the graph of the network, as the exporters do.
 *
 * Not in a tidy: the functions decide what they create.
 *
 * @param make gets the usual functions; those that layers call may be replaced. It is called after the checks of spec and
 *   variables
 * @returns what the functions return for the last layer
 * @throws SpecError if the spec is invalid; ShapeError if a variable is missing or is not a
 *   live float32 tensor of its shape; OptionError for an option that is unknown
 */
export function inferWith(
  make: (usual: TensorFunctions) => Inference,
  spec: ModelSpec,
  { params, stats }: { readonly params: Variables; readonly stats: Variables },
  { where = 'inferWith', ...others }: InferWithOptions = {},
): Tensor {
  refuseOthers('inferWith', others, ['where']);
  const { layers } = readSpec(where, spec);
  const plan = planOf(layers);
  checkVariables(where, 'params', plan.params, params);
  checkVariables(where, 'stats', plan.stats, stats);
  const { ops, x } = make(tensorFunctions);
  return runLayers(layers, x, inference(params, stats, ops));
}
