import { compare, worst } from '../bounds/compare.js';
import { largest } from '../bounds/tracked.js';
import type { Law, Verdict } from '../law.js';
import { statisticsOf } from '../samples/affineSample.js';
import { batchOf } from '../samples/batchSample.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { NetworkSubject, RunningStatistics, SgdOptions, SgdState, SgdSubject } from '../subject.js';
import type { Values } from '../values.js';
import type { Variables } from '../variables.js';
import { pick } from '../variables.js';
import { normalizedPaths } from './networkScaling.js';
import { atRest } from './sgd.js';

/**
 * Law 9: two runs of real optimizer steps, bit for bit.
 *
 * Bound: 0. Products by powers of two are exact, and every rounding on the one side is that on the
 * other, times a power of two; nothing comes near the ends of float32's range.
 */
export const trajectoryScaling: Law<NetworkSubject & SgdSubject, 'scaledNetwork'> = {
  id: '9',
  title: '(W, η, λ, v, ε) → (aW, a²η, λ/a², v/a, a²ε) gives the same trajectory, bit for bit',
  statement:
    'Scaling normalized kernels by a = 2^k, with their learning rate by a², decay by a⁻², velocity by a⁻¹ and ε by a², changes no bit of loss, direction or any other variable, momentum and L2 included.',
  exact: true,
  samples: 'scaledNetwork',
  async holds(subject, sample) {
    const { network, a, steps } = sample;
    const normalized = normalizedPaths(network);
    const params = paramsOf(sample);
    const plainOptions: SgdOptions = sample;
    const scaledOptions: SgdOptions = {
      learningRate: sample.learningRate * a * a,
      weightDecay: sample.weightDecay / (a * a),
      momentum: sample.momentum,
    };
    const scaledNetwork = { ...network, epsilon: network.epsilon * a * a };
    let plain: SgdState = { params, velocity: atRest(params) };
    let scaled: SgdState = {
      params: Object.fromEntries(
        Object.entries(params).map(([path, values]) => [
          path,
          normalized.includes(path) ? times(values, a) : values,
        ]),
      ),
      velocity: plain.velocity,
    };
    const verdicts: Verdict[] = [];
    for (let step = 0; step < steps; step++) {
      const batch = labelledBatchOf(sample, step);
      const one = await subject.lossAndGradients(network, plain.params, batch);
      const other = await subject.lossAndGradients(scaledNetwork, scaled.params, batch);
      plain = await subject.sgdStep(plain, one.gradients, plainOptions);
      const rest = Object.keys(params).filter((path) => !normalized.includes(path));
      const groups = [
        await stepOf(subject, scaled, other.gradients, normalized, scaledOptions),
        await stepOf(subject, scaled, other.gradients, rest, plainOptions),
      ];
      scaled = {
        params: Object.assign({}, ...groups.map((group) => group.params)),
        velocity: Object.assign({}, ...groups.map((group) => group.velocity)),
      };
      verdicts.push(same([other.loss], [one.loss], 1));
    }
    for (const path of Object.keys(params)) {
      const factor = normalized.includes(path) ? a : 1;
      const { length } = params[path]!.data;
      verdicts.push(same(scaled.params[path]!.data, times(plain.params[path]!, factor).data, length));
      verdicts.push(same(scaled.velocity[path]!.data, times(plain.velocity[path]!, 1 / factor).data, length));
    }
    return worst(verdicts);
  },
};

/** Law 9 for the running statistics. Bound: 0, as above. */
export const statisticsScaling: Law<RunningStatistics, 'affineBatch'> = {
  id: '9-statistics',
  title: 'W → aW takes the running mean to a·mean and the running variance to a²·variance, bit for bit',
  statement: 'The running statistics scale with the weights, by powers of two exactly.',
  exact: true,
  samples: 'affineBatch',
  async holds(subject, sample) {
    const x = batchOf(sample);
    const { mean, variance } = statisticsOf(sample);
    // 2⁻⁶ to 2⁶ by the seed, so that the sample need not carry another number.
    const a = 2 ** ((sample.seed % 13) - 6);
    const plain = await subject.moveStatistics(x, { mean, variance }, sample.decay);
    const scaled = await subject.moveStatistics(
      times(x, a),
      { mean: times(mean, a), variance: times(variance, a * a) },
      sample.decay,
    );
    const channels = mean.data.length;
    return worst([
      same(scaled.mean.data, times(plain.mean, a).data, channels),
      same(scaled.variance.data, times(plain.variance, a * a).data, channels),
    ]);
  },
};

/** One step of the variables at these paths. */
async function stepOf(
  subject: SgdSubject,
  { params, velocity }: SgdState,
  gradients: Variables<Values>,
  paths: readonly string[],
  options: SgdOptions,
): Promise<SgdState> {
  const state = { params: pick(params, paths), velocity: pick(velocity, paths) };
  return subject.sgdStep(state, pick(gradients, paths), options);
}

function times({ data, shape }: Values, factor: number): Values {
  return { data: data.map((each) => each * factor), shape };
}

function same(actual: ArrayLike<number>, expected: ArrayLike<number>, length: number): Verdict {
  return compare(actual, expected, new Float64Array(length), largest(expected));
}
