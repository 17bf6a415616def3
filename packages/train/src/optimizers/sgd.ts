import { OptionError, refuseOthers } from '@normlab/errors';
import { type FusedKernel, fusedKernel } from '@normlab/kernels';
import { add, mul, sub, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { checkNotNegative } from '../float32Options.js';
import type { Optimizer, Schedule } from '../optimizer.js';
import { toSchedule } from '../schedules/toSchedule.js';
import { type DecayedPaths, decayedPaths } from './decayedPaths.js';
import { gradientOf, nextVariables, stateOf, variablesOf, zeroState } from './optimizerState.js';

export type SgdOptions = {
  /** η: a number, or a schedule over the steps done. */
  readonly learningRate: number | Schedule;
  /** m in [0, 1): the fraction of the velocity that is kept. 0 by default: no velocity at all. */
  readonly momentum?: number;
  /** Nesterov momentum: steps along g̃ + m·v' instead of v'; needs momentum. Off by default. */
  readonly nesterov?: boolean;
  /** λ ≥ 0 of the penalty λ/2·‖w‖². 0 by default. */
  readonly l2?: number;
  /** The variables that λ applies to. All by default. */
  readonly l2On?: DecayedPaths;
};

/**
 * Stochastic gradient descent with momentum and L2.
 *
 * g̃ = g + λ·w,  v' = m·v + g̃,  w' = w − η·v'  (nesterov: w' = w − η·(g̃ + m·v'))
 *
 * PyTorch's convention: v starts at 0, and the velocity does not include the learning rate (in TensorFlow's
 * `MomentumOptimizer` neither), so a change of η scales the contributions of past gradients too.
 *
 * State: `<path>/velocity` of the variable's shape, or nothing at momentum 0.
 *
 * Numerics: float32, each product and sum rounded separately, unless the backend's fused kernel (`NormlabSgdMomentumStep`)
 * uses fused multiply-add.
 *
 * @throws OptionError for an option that is unknown or out of range; `update` throws it for such a value of a schedule,
 *   ShapeError for a variable, gradient or velocity that is not float32 or not of the variable's shape, and TrainError
 *   for one that is missing
 *
 * @example
 * ```ts
 * const optimizer = sgd({ learningRate: 0.1, momentum: 0.9, l2: 2e-4 });
 * ```
 */
export function sgd({
  learningRate: rate,
  momentum = 0,
  nesterov = false,
  l2 = 0,
  l2On = 'all',
  ...others
}: SgdOptions): Optimizer {
  refuseOthers('sgd', others, ['learningRate', 'momentum', 'nesterov', 'l2', 'l2On']);
  const learningRate = toSchedule('sgd', 'learningRate', rate);
  if (!(momentum >= 0 && momentum < 1)) {
    throw new OptionError({ where: 'sgd', what: 'momentum', rule: 'be in [0, 1)', got: momentum });
  }
  if (nesterov && momentum === 0) {
    throw new OptionError({
      where: 'sgd',
      what: 'momentum',
      rule: 'be above 0 with nesterov',
      got: momentum,
    });
  }
  checkNotNegative('sgd', 'l2', l2);
  const isDecayed = decayedPaths('sgd', 'l2On', l2On);
  return {
    learningRate,
    init: (params) => (momentum === 0 ? {} : zeroState(params, ['velocity'])),
    update: (grads, state, params, step) =>
      tidy(() => {
        const paths = Object.keys(params);
        const variables = variablesOf('sgd', params);
        const slopes = paths.map((path, i) => gradientOf('sgd', grads, path, variables[i]!));
        const weightDecays = paths.map((path) => (isDecayed(path, params) ? l2 : 0));
        const eta = learningRate(step);
        if (momentum === 0) {
          const moved = variables.map((param, i) =>
            sub(param, mul(regularized(slopes[i]!, param, weightDecays[i]!), eta)),
          );
          return nextVariables(paths, moved, []);
        }
        const velocities = paths.map((path, i) => stateOf('sgd', state, path, 'velocity', variables[i]!));
        const momentumStep = fusedKernel('NormlabSgdMomentumStep') ?? composedMomentumStep;
        const moved = momentumStep(
          { params: variables, grads: slopes, velocities },
          { learningRate: eta, momentum, weightDecays, nesterov },
        );
        return nextVariables(paths, moved, ['velocity']);
      }),
  };
}

/** The equations of {@link sgd} in tfjs's own operations; the fused kernel is tested against it. */
const composedMomentumStep: FusedKernel<'NormlabSgdMomentumStep'> = (
  { params, grads, velocities },
  { learningRate, momentum, weightDecays, nesterov },
) => {
  const steps = params.map((param, i) => {
    const slope = regularized(grads[i]!, param, weightDecays[i]!);
    const velocity = add(mul(velocities[i]!, momentum), slope);
    const direction = nesterov ? add(slope, mul(velocity, momentum)) : velocity;
    return { param: sub(param, mul(direction, learningRate)), velocity };
  });
  return [...steps.map(({ param }) => param), ...steps.map(({ velocity }) => velocity)];
};

function regularized(grad: Tensor, param: Tensor, weightDecay: number): Tensor {
  return weightDecay === 0 ? grad : add(grad, mul(param, weightDecay));
}
