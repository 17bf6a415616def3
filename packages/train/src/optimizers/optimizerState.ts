import { ShapeError, TrainError } from '@normlab/errors';
import type { Variables } from '@normlab/models';
import { type Tensor, tidy, zerosLike } from '@tensorflow/tfjs-core';
import { checkDtype } from '../checkDtype.js';

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

/**
 * The variables, in their order.
 *
 * @throws ShapeError unless they are float32
 */
export function variablesOf(where: string, params: Variables): Tensor[] {
  return Object.entries(params).map(([path, param]) => fitting(where, `the parameter ${path}`, param, param));
}

/**
 * @throws TrainError if the state was made by another optimizer or for other variables; ShapeError unless it is float32
 *   and has the variable's shape
 */
export function stateOf(where: string, state: Variables, path: string, name: string, param: Tensor): Tensor {
  const ownPath = statePath(path, name);
  const tensor = state[ownPath];
  if (tensor !== undefined) return fitting(where, ownPath, tensor, param);
  throw new TrainError({
    where,
    what: 'the optimizer state',
    rule: `hold ${ownPath}`,
    got: Object.keys(state).slice(0, 3),
    hint: 'it was made by another optimizer or for another model',
  });
}

/** @throws TrainError if the gradient is missing; ShapeError unless it is float32 and has the variable's shape */
export function gradientOf(where: string, grads: Variables, path: string, param: Tensor): Tensor {
  const gradient = grads[path];
  if (gradient !== undefined) return fitting(where, `the gradient of ${path}`, gradient, param);
  throw new TrainError({ where, what: 'grads', rule: `hold ${path}`, got: Object.keys(grads).slice(0, 3) });
}

/** Fused kernels read as many floats of every tensor as its variable has: of a shorter one, also other memory. */
function fitting(where: string, what: string, tensor: Tensor, { shape }: Tensor): Tensor {
  checkDtype(where, what, tensor, 'float32');
  if (tensor.rank !== shape.length || shape.some((size, axis) => size !== tensor.shape[axis])) {
    throw new ShapeError({ where, what, rule: `have shape [${shape}], as its variable`, got: tensor.shape });
  }
  return tensor;
}
