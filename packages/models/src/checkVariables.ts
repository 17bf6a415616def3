import { ShapeError } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { FeatureShape } from './layers/layerType.js';
import type { Variables } from './model.js';
import type { PlannedVariable } from './variablePlan.js';

/** @throws ShapeError unless every planned variable is present, alive and has its shape; others are ignored */
export function checkVariables(
  where: string,
  what: 'params' | 'stats',
  planned: readonly PlannedVariable[],
  given: Variables,
): void {
  for (const { path, shape } of planned) {
    const variable = given[path];
    if (variable === undefined) {
      throw new ShapeError({
        where,
        what: `${what}['${path}']`,
        rule: `exist, with shape [${shape.join(', ')}]`,
        hint: 'init of the same spec creates all variables',
      });
    }
    checkShape(where, `${what}['${path}']`, variable, shape, `[${shape.join(', ')}]`);
  }
}

/** @throws ShapeError unless x is alive and a batch of the network's input shape */
export function checkInput(where: string, x: Tensor, input: FeatureShape): void {
  checkShape(where, 'x', x, [x.shape[0] ?? 0, ...input], `[N, ${input.join(', ')}]`);
}

function checkShape(
  where: string,
  what: string,
  tensor: Tensor,
  shape: readonly number[],
  shown: string,
): void {
  if (tensor.isDisposed) throw new ShapeError({ where, what, rule: 'not be disposed' });
  if (tensor.shape.length !== shape.length || shape.some((length, axis) => length !== tensor.shape[axis])) {
    throw new ShapeError({ where, what, rule: `have shape ${shown}`, got: tensor.shape });
  }
}
