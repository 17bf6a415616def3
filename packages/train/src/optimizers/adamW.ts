import { OptionError, refuseOthers } from '@normlab/errors';
import { type FusedKernel, fusedKernel } from '@normlab/kernels';
import type { Variables } from '@normlab/models';
import { add, div, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core';
import { checkNotNegative, checkPositive } from '../float32Options.js';
import type { Optimizer, Schedule } from '../optimizer.js';
import { toSchedule } from '../schedules/toSchedule.js';
import { type DecayedPaths, decayedPaths } from './decayedPaths.js';
import { gradientOf, nextVariables, stateOf, variablesOf, zeroState } from './optimizerState.js';

export type AdamWOptions = {
  /** η: a number, or a schedule over the steps done. */
  readonly learningRate: number | Schedule;
  /** β₁ in [0, 1): the decay of the mean gradient. 0.9 by default. */
  readonly beta1?: number;
  /** β₂ in [0, 1): the decay of the mean squared gradient. 0.999 by default. */
  readonly beta2?: number;
  /** ε ≥ 2⁻¹²⁶, outside the root. 1e-8 by default. */
  readonly epsilon?: number;
  /** λ ≥ 0, applied to the variable itself and not to its gradient. 0.01 by default. */
  readonly weightDecay?: number;
  /** The variables that λ applies to. All by default. */
  readonly decayOn?: DecayedPaths;
};

/**
 * Adam with decoupled weight decay.
 *
 * m' = β₁·m + (1 − β₁)·g,  v' = β₂·v + (1 − β₂)·g²
 *
 * w' = (1 − η·λ)·w − η/(1 − β₁ᵗ) · m' / (√v'/√(1 − β₂ᵗ) + ε), t = steps done + 1
 *
 * PyTorch's convention: the decay is multiplied by η (in the paper by the schedule's multiplier alone).
 *
 * State: `<path>/firstMoment` and `<path>/secondMoment` of the variable's shape.
 *
 * Numerics: moments in float32; the powers of β in float64. Each product and sum is rounded separately, unless the
 * backend's fused kernel (`NormlabAdamWStep`) uses fused multiply-add.
 *
 * From: Loshchilov and Hutter, "Decoupled Weight Decay Regularization" (2019), algorithm 2.
 *
 * @throws OptionError for an option that is unknown or out of range; `update` throws it for such a value of a schedule,
 *   ShapeError for a variable, gradient or moment that is not float32 or not of the variable's shape, and TrainError for
 *   one that is missing
 *
 * @example
 * ```ts
 * const optimizer = adamW({ learningRate: warmup(1e-3, { steps: 100 }), decayOn: 'kernels' });
 * ```
 */
export function adamW({
  learningRate: rate,
  beta1 = 0.9,
  beta2 = 0.999,
  epsilon = 1e-8,
  weightDecay = 0.01,
  decayOn = 'all',
  ...others
}: AdamWOptions): Optimizer {
  refuseOthers('adamW', others, ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay', 'decayOn']);
  const learningRate = toSchedule('adamW', 'learningRate', rate);
  checkOptions({ beta1, beta2, epsilon, weightDecay });
  const isDecayed = decayedPaths('adamW', 'decayOn', decayOn);
  return {
    learningRate,
    init: (params) => zeroState(params, ['firstMoment', 'secondMoment']),
    update: (grads: Variables, state: Variables, params: Variables, step: number) =>
      tidy(() => {
        const paths = Object.keys(params);
        const variables = variablesOf('adamW', params);
        const momentsOf = (name: string) =>
          paths.map((path, i) => stateOf('adamW', state, path, name, variables[i]!));
        const given = {
          params: variables,
          grads: paths.map((path, i) => gradientOf('adamW', grads, path, variables[i]!)),
          firstMoments: momentsOf('firstMoment'),
          secondMoments: momentsOf('secondMoment'),
        };
        const eta = learningRate(step);
        const momentsStep = fusedKernel('NormlabAdamWStep') ?? composedMomentsStep;
        const moved = momentsStep(given, {
          beta1,
          beta2,
          epsilon,
          stepSize: eta / (1 - beta1 ** (step + 1)),
          rootCorrection: Math.sqrt(1 - beta2 ** (step + 1)),
          kept: paths.map((path) => (isDecayed(path, params) ? 1 - eta * weightDecay : 1)),
        });
        return nextVariables(paths, moved, ['firstMoment', 'secondMoment']);
      }),
  };
}

/** The equations of {@link adamW} in tfjs's own operations. */
const composedMomentsStep: FusedKernel<'NormlabAdamWStep'> = (
  { params, grads, firstMoments, secondMoments },
  { beta1, beta2, epsilon, stepSize, rootCorrection, kept },
) => {
  const steps = params.map((param, i) => {
    const grad = grads[i]!;
    const mean = add(mul(firstMoments[i]!, beta1), mul(grad, 1 - beta1));
    const meanSquare = add(mul(secondMoments[i]!, beta2), mul(square(grad), 1 - beta2));
    const scale = add(div(sqrt(meanSquare), rootCorrection), epsilon);
    const left = kept[i] === 1 ? param : mul(param, kept[i]!);
    return { param: sub(left, mul(div(mean, scale), stepSize)), mean, meanSquare };
  });
  return [
    ...steps.map(({ param }) => param),
    ...steps.map(({ mean }) => mean),
    ...steps.map(({ meanSquare }) => meanSquare),
  ];
};

function checkOptions({
  beta1,
  beta2,
  epsilon,
  weightDecay,
}: Required<Pick<AdamWOptions, 'beta1' | 'beta2' | 'epsilon' | 'weightDecay'>>): void {
  const where = 'adamW';
  for (const [what, beta] of Object.entries({ beta1, beta2 })) {
    if (!(beta >= 0 && beta < 1)) throw new OptionError({ where, what, rule: 'be in [0, 1)', got: beta });
  }
  checkPositive(where, 'epsilon', epsilon);
  checkNotNegative(where, 'weightDecay', weightDecay);
}
