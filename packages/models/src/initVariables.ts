import { deriveSeed, randomStream } from '@normlab/random';
import { type Tensor, tensor } from '@tensorflow/tfjs-core';
import type { Variables } from './model.js';
import { sizeOf } from './traceSpec.js';
import type { PlannedVariable } from './variablePlan.js';

/**
 * New tensors for planned variables, each from its own seed, derived from its path: variables of the same name and
 * shape in two networks have the same initial values, whatever else differs.
 */
export function initVariables(planned: readonly PlannedVariable[], seed: number): Variables {
  const variables: Record<string, Tensor> = {};
  const drawn = new Map<string, Float32Array>();
  for (const { path, shape, initializer } of planned) {
    const sibling = (name: string) => path.replace(/[^/]+$/, name);
    const values = new Float32Array(sizeOf(shape));
    if (initializer.kind === 'constant') values.fill(initializer.value);
    else if (initializer.kind === 'length')
      values.set(lengths(drawn.get(sibling(initializer.of))!, values.length));
    else {
      const { standardDeviation, drawnAs } = initializer;
      const stream = randomStream(deriveSeed(seed, drawnAs === undefined ? path : sibling(drawnAs)));
      for (let i = 0; i < values.length; i++) values[i] = standardDeviation * stream.normal();
    }
    drawn.set(path, values);
    variables[path] = tensor(values, [...shape], 'float32');
  }
  return variables;
}

/** ‖v‖ of each output channel, the last axis. */
function lengths(values: Float32Array, channels: number): Float64Array {
  const squares = new Float64Array(channels);
  values.forEach((value, place) => {
    squares[place % channels]! += value * value;
  });
  return squares.map(Math.sqrt);
}
