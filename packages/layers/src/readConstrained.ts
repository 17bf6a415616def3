import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/**
 * A layer variable's value under the variable's constraint.
 *
 * tf.layers applies a constraint when a variable is written, and optimizers of tfjs update the tensor without writing the
 * variable: in training its constraints do nothing. Here the variable is written before every use, that is, after every
 * update that anything could see.
 */
export function readConstrained(variable: LayerVariable): Tensor {
  const { constraint } = variable;
  tidy(() => {
    if (constraint != null) variable.write(constraint.apply(variable.read()));
  });
  return variable.read();
}
