import type { Variables } from '@normlab/models';
import { type Optimizer, sgd } from '@normlab/train';
import { mul, type Tensor, tidy } from '@tensorflow/tfjs-core';

/** SGD whose parameters are infinite or NaN after the given step (counted from 0) and later ones. */
export function divergingFrom(step: number): Optimizer {
  const plain = sgd({ learningRate: 0.1 });
  const infinite = (params: Variables): Variables =>
    Object.fromEntries(
      Object.entries(params).map(([path, param]): [string, Tensor] => [path, mul(param, Infinity)]),
    );
  return {
    ...plain,
    update: (grads, state, params, now) =>
      tidy(() => {
        const next = plain.update(grads, state, params, now);
        return now < step ? next : { ...next, params: infinite(next.params) };
      }),
  };
}
