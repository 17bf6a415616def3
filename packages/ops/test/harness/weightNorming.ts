import { arrayOf, gamma, rootRoundings, twins, unitRoundoff as u } from '@normlab/testing';
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { weightNorm } from '../../src/index.js';
import type { Arrays, Operation } from './operation.js';

/**
 * Weight norm on inputs direction and scale.
 *
 * Errors: with m the fan-in, h = γ(m + 8), û = v / ‖v‖ errs by δ = |û|·(h / 2 + 16 u), since ‖v‖² has the relative
 * error h; w = g·û errs by that and a rounding. A = Σ |dw·û| bounds dg, which errs by A·(h + h / 2 + 18 u). For dv = g
 * / ‖v‖ · (dw − û·dg) each of the two parts, |dw| and |û|·A, has a relative error of at most 3(h + 20 u). Second
 * derivative: in v, −g / ‖v‖² · (a·⟨û,b⟩ + b·⟨û,a⟩ + û·⟨a,b⟩ − 3û⟨û,a⟩⟨û,b⟩), where directions up to 1 have length √m:
 * six terms of Σ|dw| · m; mixed with g, 2 · 2√m · Σ|dw| / ‖v‖; through 4 sums and 40 roundings.
 */
export function weightNorming({ direction, scale }: Arrays): Operation {
  const channels = scale!.values.length;
  const m = direction!.values.length / channels;
  return {
    inputs: { direction: direction!, scale: scale! },
    run: (inputs) => weightNorm(inputs.direction!, inputs.scale as Tensor1D),
    reference: ({ direction, scale }) => twins.weightNorm(direction!, scale!),
    bounds: (dw) => {
      const h = gamma(m + 8);
      const unit = twins.weightNorm(
        direction!,
        arrayOf([channels], () => 1),
      );
      const along = new Float64Array(channels);
      const weights = new Float64Array(channels);
      const norms = new Float64Array(channels);
      const g = (channel: number) => Math.abs(scale!.values[channel]!);
      const output = arrayOf(unit.shape, (at, place) => {
        const channel = at.at(-1)!;
        const weight = Math.abs(dw.values[place]!);
        along[channel]! += weight * Math.abs(unit.values[place]!);
        weights[channel]! += weight;
        norms[channel] = Math.hypot(norms[channel]!, direction!.values[place]!);
        return g(channel) * Math.abs(unit.values[place]!) * (h / 2 + (rootRoundings + 2) * u);
      });
      const terms = norms.map((norm, c) => (weights[c]! * ((6 * m * g(c)) / norm + 4 * Math.sqrt(m))) / norm);
      return {
        output,
        gradients: {
          direction: arrayOf(unit.shape, (at, place) => {
            const channel = at.at(-1)!;
            const parts = Math.abs(dw.values[place]!) + Math.abs(unit.values[place]!) * along[channel]!;
            return (g(channel) / norms[channel]!) * parts * 3 * (h + 20 * u);
          }),
          scale: { shape: [channels], values: along.map((a) => a * (1.5 * h + 18 * u)) },
        },
        second: terms.reduce((sum, term) => sum + term, 0) * (4 * h + 40 * u),
      };
    },
  };
}
