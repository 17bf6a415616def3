import { TrainError } from '@normlab/errors';
import type { Variables } from '@normlab/models';
import { type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';

/** Path of an optimizer's state for a variable: `conv1/kernel/velocity`. */
function statePath(path: string, name: string): string {
  return `${path}/${name}`;
}

/** A zero tensor per state name and variable; the caller owns them. */
export function zeroState(params: Variables, names: readonly string[]): Variables {
  return tidy(() =>
    Object.fromEntries(
      Object.entries(params).flatMap(([path, param]) =>
        names.map((name): [string, Tensor] => [statePath(path, name), zerosLike(param)]),
      ),
    ),
  );
}

/**
 * The variables and the state after a step.
 *
 * @param moved one tensor for each path, then as many of each state name
 */
export function nextVariables(
  paths: readonly string[],
  moved: readonly Tensor[],
  names: readonly string[],
): { params: Variables; state: Variables } {
  const params: Record<string, Tensor> = {};
  const state: Record<string, Tensor> = {};
  paths.forEach((path, i) => {
    params[path] = moved[i]!;
    names.forEach((name, n) => {
      state[statePath(path, name)] = moved[(n + 1) * paths.length + i]!;
    });
  });
  return { params, state };
}

/** @throws TrainError if the state was made by another optimizer or for other variables */
export function stateOf(where: string, state: Variables, path: string, name: string): Tensor {
  const tensor = state[statePath(path, name)];
  if (tensor !== undefined) return tensor;
  throw new TrainError({
    where,
    what: 'the optimizer state',
    rule: `hold ${statePath(path, name)}`,
    got: Object.keys(state).slice(0, 3),
    hint: 'it was made by another optimizer or for another model',
  });
}

/** @throws TrainError if the gradient is missing */
export function gradientOf(where: string, grads: Variables, path: string): Tensor {
  const gradient = grads[path];
  if (gradient !== undefined) return gradient;
  throw new TrainError({ where, what: 'grads', rule: `hold ${path}`, got: Object.keys(grads).slice(0, 3) });
}
