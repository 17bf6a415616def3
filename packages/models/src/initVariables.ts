import { deriveSeed, randomStream } from '@normlab/random';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Variables } from './model.js';
import { sizeOf } from './traceSpec.js';
import type { PlannedVariable } from './variablePlan.js';

/**
 * New tensors for planned variables, each from its own seed, derived from its path: what two networks call by the
 * same name and shape begins with the same values, whatever else differs.
 */
export function initVariables(planned: readonly PlannedVariable[], seed: number): Variables {
  const variables: Record<string, Tensor> = {};
  for (const { path, shape, initializer } of planned) {
    const size = sizeOf(shape);
    const values = new Float32Array(size);
    if (initializer.kind === 'constant') values.fill(initializer.value);
    else {
      const stream = randomStream(deriveSeed(seed, path));
      for (let i = 0; i < size; i++) values[i] = initializer.standardDeviation * stream.normal();
    }
    variables[path] = tensor(values, [...shape], 'float32');
  }
  return variables;
}
