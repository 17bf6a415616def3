import { type OpenBackend, openBackend } from '@normlab/backends';
import { twins, unitRoundoff } from '@normlab/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { magnitudes, randomValues, runOn, type Values, worstExcess } from './support/bothBackends.js';

// Variables that fill no vector, that fill one task exactly, and that need several; beside each other in one call.
const lists = [[[1]], [[7]], [[16_384], [3], [2, 20_001], [4, 1, 4]], []];

describe.each([
  ['plain', 1],
  ['plain', 2],
  ['relaxed', 1],
  ['relaxed', 2],
] as const)('the %s build with %i thread(s)', (build, threads) => {
  let backend: OpenBackend;

  beforeAll(async () => {
    backend = await openBackend('wasm', { build, threads });
  });

  afterAll(() => backend.close());

  describe('NormlabSgdMomentumStep ≈ its twin, in the order w′, v′', () => {
    it.each(lists.flatMap((shapes) => [false, true].map((nesterov) => ({ shapes, nesterov }))))(
      'shapes $shapes, nesterov $nesterov',
      async ({ shapes, nesterov }) => {
        const [params, grads, velocities] = [
          variables(shapes, 1),
          variables(shapes, 2),
          variables(shapes, 3),
        ];
        const rule = { learningRate: 0.1, momentum: 0.9, nesterov };
        // A decay of its own for each variable, large enough to be missed.
        const weightDecays = shapes.map((_, i) => 0.5 / (i + 1));
        const inputs = { params, grads, velocities };
        const outputs = await runOn('wasm', 'NormlabSgdMomentumStep', inputs, { ...rule, weightDecays });
        expect(outputs).toHaveLength(2 * shapes.length);
        for (const [i, { shape, values }] of params.entries()) {
          const steps = Array.from(values, (w, at) =>
            twins.sgdStep([w, grads[i]!.values[at]!, velocities[i]!.values[at]!], {
              ...rule,
              weightDecay: weightDecays[i]!,
            }),
          );
          // All numbers are below 3; each is the outcome of at most 8 roundings, rates included.
          const bounds = { shape, values: new Float64Array(values.length).fill(3 * 8 * unitRoundoff) };
          for (const which of [0, 1] as const) {
            const actual = outputs[which * shapes.length + i]!;
            const expected = { shape, values: Float64Array.from(steps, (step) => step[which]!) };
            expect(actual.shape).toEqual(shape);
            expect(worstExcess(actual, expected, bounds)).toBeLessThanOrEqual(1);
          }
        }
      },
    );
  });

  describe('NormlabAdamWStep ≈ its twin, in the order w′, m′, v′', () => {
    const rule = { beta1: 0.9, beta2: 0.999, epsilon: 1e-3, stepSize: 0.02, rootCorrection: 0.25 };

    it.each(lists.map((shapes) => ({ shapes })))('shapes $shapes', async ({ shapes }) => {
      const [params, grads, firstMoments] = [
        variables(shapes, 1),
        variables(shapes, 2),
        variables(shapes, 3),
      ];
      const secondMoments = variables(shapes, 4).map(magnitudes);
      const kept = shapes.map((_, i) => 0.99 - 0.2 * i);
      const inputs = { params, grads, firstMoments, secondMoments };
      const outputs = await runOn('wasm', 'NormlabAdamWStep', inputs, { ...rule, kept });
      expect(outputs).toHaveLength(3 * shapes.length);
      for (const [i, { shape, values }] of params.entries()) {
        const steps = Array.from(values, (w, at) => {
          const g = grads[i]!.values[at]!;
          const first = rule.beta1 * firstMoments[i]!.values[at]! + (1 - rule.beta1) * g;
          const second = rule.beta2 * secondMoments[i]!.values[at]! + (1 - rule.beta2) * g * g;
          const scale = Math.sqrt(second) / rule.rootCorrection + rule.epsilon;
          const moved = kept[i]! * w - (rule.stepSize * first) / scale;
          // Roundings, constants included, at unit roundoff u. A moment takes at most 5 and is below 1: m' is off by 5u,
          // v' by 5u of itself, since its terms are positive. The scale is off by 5/2 + 5 of itself (root, quotient, sum,
          // constants). So m'/scale, of size at most 1/scale, is off by (5 + 7.5 + 1)u/scale, and its product with the
          // step size takes 2 more. kept·w takes 2, and the difference 1 of each: 17 for the step, 3 for w; second order
          // terms fit the half left over.
          const bound = ((5 + 8.5 + 1 + 2 + 1) * rule.stepSize) / scale + 3 * Math.abs(w);
          return {
            values: [moved, first, second],
            bounds: [bound, 5, 5].map((each) => each * unitRoundoff),
          };
        });
        for (const which of [0, 1, 2] as const) {
          const actual = outputs[which * shapes.length + i]!;
          const expected = { shape, values: Float64Array.from(steps, (each) => each.values[which]!) };
          const bounds = { shape, values: Float64Array.from(steps, (each) => each.bounds[which]!) };
          expect(actual.shape).toEqual(shape);
          expect(worstExcess(actual, expected, bounds)).toBeLessThanOrEqual(1);
        }
      }
    });
  });
});

function variables(shapes: readonly number[][], seed: number): Values[] {
  return shapes.map((shape, i) => randomValues(shape, seed + 10 * i));
}
