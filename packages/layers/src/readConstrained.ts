import { type Tensor, tidy, type Variable } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * A layer variable's value, whose constraint from now on holds after every update, and is applied only then: once per
 * step of an optimizer, and once when weights are set or loaded.
 *
 * tf.layers applies a constraint when the layer variable is written, and optimizers of tfjs update the tensor without
 * writing the layer variable: in training its constraints do nothing. Here the constraint moves from the layer variable
 * to the tensor that both update.
 */
export function readConstrained(variable: LayerVariable): Tensor {
  const { constraint } = variable;
  const value = variable.read();
  if (constraint == null) return value;
  Object.assign(variable, { constraint: null });
  const assign: Variable['assign'] = (value as Variable).assign.bind(value);
  Object.assign(value, { assign: (updated: Tensor) => tidy(() => assign(constraint.apply(updated))) });
  return value;
}
