import { compare, fallen, lacksNumbers, worst } from '../bounds/compare.js';
import { exactly } from '../bounds/tracked.js';
import { trackKernelGradient, trackLinear } from '../bounds/trackLinear.js';
import { trackNetwork } from '../bounds/trackNetwork.js';
import { trackStandardize } from '../bounds/trackStandardize.js';
import { trackStandardizeGradient } from '../bounds/trackStandardizeGradient.js';
import type { Law, Verdict } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { constantValues, normalValues } from '../samples/batchSample.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { NetworkSubject, NormalizedLayerGradient, SgdSubject } from '../subject.js';
import { channelProducts, channelSquares } from './channelSums.js';
import { normalizedPaths } from './networkScaling.js';
import { atRest, sgdRounding } from './sgd.js';

/**
 * Law 10, for every output channel of every normalized kernel of a network.
 *
 * Bound: the cross term 2(1 − ηλ)η⟨W, g⟩ is 0 for the exact gradient (law 6), so |⟨W, g⟩| ≤ Σ|W|·e_g;
 * and the step's rounding r moves ‖W'‖² by at most 2Σ|W'|r + Σr².
 */
export const weightGrowth: Law<NetworkSubject & SgdSubject, 'network'> = {
  id: '10',
  title: '‖W′‖² = (1 − ηλ)²‖W‖² + η²‖g‖²',
  statement:
    'A step of plain SGD adds η²‖g‖² to the squared length of the weights of every normalized channel, and L2 takes its share, at ε = 0. Without L2 weights only grow.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { network, learningRate, weightDecay } = sample;
    const options = { learningRate, weightDecay, momentum: 0 };
    const [params, batch] = [paramsOf(sample), labelledBatchOf(sample)];
    const { gradients } = await subject.lossAndGradients(network, params, batch);
    const tracked = trackNetwork(
      network,
      Object.fromEntries(Object.entries(params).map(([path, values]) => [path, exactly(values)])),
      { images: exactly(batch.images), labels: batch.labels },
      subject,
    );
    const start = { params, velocity: atRest(params) };
    const end = await subject.sgdStep(start, gradients, options);
    const verdicts: Verdict[] = [];
    for (const path of normalizedPaths(network)) {
      const [w, v, g] = [params[path]!, start.velocity[path]!, gradients[path]!];
      const next = end.params[path]!;
      const { error } = tracked.gradients[path]!;
      if (lacksNumbers(g.data, error) || lacksNumbers(next.data, error)) return fallen;
      const channels = w.shape[3]!;
      const kept = (1 - learningRate * weightDecay) ** 2;
      const [before, pull, after] = [w, g, next].map(({ data }) => channelSquares(data, channels));
      const cross = channelProducts(error, w.data.map(Math.abs), channels);
      const rounding = sgdRounding(w, v, g, options, roundoff);
      const moved = channelProducts(rounding, next.data.map(Math.abs), channels);
      const movedTwice = channelSquares(rounding, channels);
      verdicts.push(
        compare(
          after!,
          before!.map((square, k) => kept * square + learningRate ** 2 * pull![k]!),
          cross.map((each, k) => 2 * learningRate * each + 2 * moved[k]! + movedTwice[k]!),
          Math.max(...before!),
        ),
      );
    }
    return worst(verdicts);
  },
};

/**
 * Law 11: a normalized layer of C channels trained on noise for four steps.
 *
 * From law 10, ‖W'‖⁴ = ‖W‖⁴ + 2η²‖g̃‖² + η⁴‖g‖⁴ with g̃ = ‖W‖g. The law leaves the last term out, so
 * its bound is Ση⁴‖g‖⁴, plus rounding: ‖W'‖² off by ρ (as in law 10) moves ‖W'‖⁴ by 2‖W'‖²ρ + ρ².
 * Every step is judged from the weights the subject itself arrived at.
 */
export const quarticGrowth: Law<NormalizedLayerGradient & SgdSubject, 'rotation'> = {
  id: '11',
  title: '‖W‖⁴ ≈ ‖W₀‖⁴ + 2η²·Σ‖g̃‖²',
  statement:
    'Without L2 the fourth power of the length of the weights grows linearly: g̃ = ‖W‖g stays of one size.',
  exact: false,
  samples: 'rotation',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { batch, inputs, outputs, learningRate, seed } = sample;
    const options = { learningRate, weightDecay: 0, momentum: 0 };
    const zero = constantValues([outputs], 0);
    const rest = constantValues([inputs, outputs], 0);
    let w = normalValues([inputs, outputs], seed, 'kernel');
    const start = channelSquares(w.data, outputs);
    const growth = new Float64Array(outputs);
    const bounds = new Float64Array(outputs);
    for (let step = 0; step < 4; step++) {
      const u = normalValues([batch, inputs], seed, `u${step}`);
      const dy = normalValues([batch, outputs], seed, `dy${step}`);
      const { kernel: g } = await subject.normalizedLayerGradient(u, w, zero, dy, 0);
      const next = (await subject.sgdStep({ params: { w }, velocity: { w: rest } }, { w: g }, options)).params
        .w!;

      const norm = trackStandardize(trackLinear(exactly(u), exactly(w), subject), 0, roundoff);
      const dz = trackStandardizeGradient(exactly(dy), norm, roundoff);
      const { error } = trackKernelGradient(exactly(u), dz, w.shape, subject);
      if (lacksNumbers(g.data, error) || lacksNumbers(next.data, error)) return fallen;
      const rounding = sgdRounding(w, rest, g, options, roundoff);
      const [squares, pulls, after] = [w, g, next].map(({ data }) => channelSquares(data, outputs));
      const cross = channelProducts(error, w.data.map(Math.abs), outputs);
      const moved = channelProducts(rounding, next.data.map(Math.abs), outputs);
      for (let k = 0; k < outputs; k++) {
        const rho = 2 * learningRate * cross[k]! + 2 * moved[k]! + roundoff * after![k]!;
        growth[k]! += 2 * learningRate ** 2 * squares![k]! * pulls![k]!;
        bounds[k]! += learningRate ** 4 * pulls![k]! ** 2 + 2 * after![k]! * rho + rho * rho;
      }
      w = next;
    }
    const end = channelSquares(w.data, outputs);
    return compare(
      end.map((square) => square ** 2),
      start.map((square, k) => square ** 2 + growth[k]!),
      bounds,
      Math.max(...start) ** 2,
    );
  },
};
