import { fallen, lacksNumbers, worst } from '../bounds/compare.js';
import { exactly, rounded } from '../bounds/tracked.js';
import { trackNetwork } from '../bounds/trackNetwork.js';
import type { Law, Verdict } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { NetworkSubject, SgdSubject } from '../subject.js';
import { channelSquares } from './channelSums.js';
import { normalizedPaths } from './networkScaling.js';
import { atRest, sgdRounding } from './sgd.js';

/**
 * Law 13 (Hoffer 2018), for every output channel of a normalized kernel: Ŵ = W/‖W‖.
 *
 * With x = η/‖W‖²·∇L(Ŵ) ⊥ Ŵ and τ = ‖x‖, exactly Ŵ' = (Ŵ − x)/√(1 + τ²), so the first-order form is
 * off by √(1 + τ²) − 1 ≤ τ²/2. Rounding: the step's r and the gradient's error e_g turn W' by at
 * most 2‖r + η·e_g‖/‖W'‖ (the map to directions has slope ≤ 2/‖W'‖), the gradient at Ŵ adds
 * η/‖W‖²·‖e_ĝ‖.
 */
export const effectiveLearningRate: Law<NetworkSubject & SgdSubject, 'network'> = {
  id: '13',
  title: 'Ŵ′ ≈ Ŵ − (η/‖W‖²)·∇L(Ŵ)',
  statement: 'The direction of normalized weights learns at the rate η/‖W‖², to first order, at ε = 0.',
  exact: false,
  samples: 'network',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { network, learningRate } = sample;
    const options = { learningRate, weightDecay: 0, momentum: 0 };
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const images = exactly(batch.images);
    const unit = Object.fromEntries(
      Object.entries(params).map(([path, { data, shape }]) => {
        if (!normalizedPaths(network).includes(path)) return [path, rounded(data, shape, roundoff)];
        const lengths = channelSquares(data, shape[3]!).map(Math.sqrt);
        return [
          path,
          rounded(
            Float64Array.from(data, (w, i) => w / lengths[i % lengths.length]!),
            shape,
            roundoff,
          ),
        ];
      }),
    );
    const pick = <K extends 'values' | 'tracked'>(which: K) =>
      Object.fromEntries(Object.entries(unit).map(([path, each]) => [path, each[which]]));
    const exactParams = Object.fromEntries(
      Object.entries(params).map(([path, values]) => [path, exactly(values)]),
    );
    const here = await subject.lossAndGradients(network, params, batch);
    const there = await subject.lossAndGradients(network, pick('values'), batch);
    const hereTracked = trackNetwork(network, exactParams, { images, labels: batch.labels }, subject);
    const thereTracked = trackNetwork(network, pick('tracked'), { images, labels: batch.labels }, subject);

    const start = { params, velocity: atRest(params) };
    const end = await subject.sgdStep(start, here.gradients, options);
    const verdicts: Verdict[] = [];
    for (const path of normalizedPaths(network)) {
      const [w, g, gHat] = [params[path]!, here.gradients[path]!, there.gradients[path]!.data];
      const next = end.params[path]!;
      const { error } = hereTracked.gradients[path]!;
      if ([g.data, next.data].some((each) => lacksNumbers(each, error))) return fallen;
      if (lacksNumbers(gHat, thereTracked.gradients[path]!.error)) return fallen;
      const channels = w.shape[3]!;
      const [before, after] = [w, next].map(({ data }) => channelSquares(data, channels).map(Math.sqrt));
      const rounding = sgdRounding(w, start.velocity[path]!, g, options, roundoff);
      const gap = new Float64Array(w.data.length);
      const turned = new Float64Array(w.data.length);
      const pull = new Float64Array(w.data.length);
      const pullError = new Float64Array(w.data.length);
      for (let i = 0; i < gap.length; i++) {
        const k = i % channels;
        const rate = learningRate / before![k]! ** 2;
        gap[i] = next.data[i]! / after![k]! - (w.data[i]! / before![k]! - rate * gHat[i]!);
        pull[i] = rate * gHat[i]!;
        pullError[i] = rate * thereTracked.gradients[path]!.error[i]!;
        turned[i] = rounding[i]! + learningRate * hereTracked.gradients[path]!.error[i]!;
      }
      const norms = [gap, turned, pull, pullError].map((each) =>
        channelSquares(each, channels).map(Math.sqrt),
      );
      for (let k = 0; k < channels; k++) {
        const [error, turn, tau, tauError] = norms.map((each) => each[k]!) as [
          number,
          number,
          number,
          number,
        ];
        const firstOrder = Math.sqrt(1 + (tau + tauError) ** 2) - 1;
        const bound = firstOrder + (2 * turn) / after![k]! + tauError;
        verdicts.push({ error: Number.isNaN(error) ? Infinity : error, bound });
      }
    }
    return worst(verdicts);
  },
};
