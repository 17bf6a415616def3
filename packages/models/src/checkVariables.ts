import { ShapeError } from '@normlab/errors';
import { Tensor } from '@tensorflow/tfjs-core';
import type { FeatureShape } from './layers/layerType.js';
import type { Variables } from './model.js';
import type { PlannedVariable } from './variablePlan.js';

/** @throws ShapeError unless every planned variable is a live float32 tensor of its shape; others are ignored */
export function checkVariables(
  where: string,
  what: 'params' | 'stats',
  planned: readonly PlannedVariable[],
  given: Variables,
): void {
  for (const { path, shape } of planned) {
    // A caller in JavaScript may leave out the whole record.
    const variable = given?.[path];
    if (variable === undefined) {
      throw new ShapeError({
        where,
        what: `${what}['${path}']`,
        rule: `exist, with shape [${shape.join(', ')}]`,
        hint: 'init of the same spec creates all variables',
      });
    }
    checkTensor(where, `${what}['${path}']`, variable, { shape, shown: `[${shape.join(', ')}]` });
  }
}

/** @throws ShapeError unless x is a live float32 batch of one or more images of the network's input shape */
export function checkInput(where: string, x: Tensor, input: FeatureShape): void {
  const shape = [x?.shape?.[0] ?? 0, ...input];
  checkTensor(where, 'x', x, { shape, shown: `[N, ${input.join(', ')}]` });
  if (shape[0] === 0) throw new ShapeError({ where, what: 'x', rule: 'hold at least one image', got: shape });
}

function checkTensor(
  where: string,
  what: string,
  tensor: Tensor,
  { shape, shown }: { readonly shape: readonly number[]; readonly shown: string },
): void {
  if (!(tensor instanceof Tensor)) throw new ShapeError({ where, what, rule: 'be a tensor', got: tensor });
  if (tensor.isDisposed) throw new ShapeError({ where, what, rule: 'not be disposed' });
  if (tensor.shape.length !== shape.length || shape.some((length, axis) => length !== tensor.shape[axis])) {
    throw new ShapeError({ where, what, rule: `have shape ${shown}`, got: tensor.shape });
  }
  if (tensor.dtype !== 'float32') {
    const hint = 'cast it first';
    throw new ShapeError({ where, what, rule: 'have dtype float32', got: tensor.dtype, hint });
  }
}
