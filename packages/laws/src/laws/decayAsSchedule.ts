import { compare, fallen, lacksNumbers, worst } from '../bounds/compare.js';
import { exactly, type Rounded, rounded, type Tracked } from '../bounds/tracked.js';
import { trackNetwork } from '../bounds/trackNetwork.js';
import type { Law, Verdict } from '../law.js';
import { roundoffOf } from '../roundoffOf.js';
import { labelledBatchOf, paramsOf } from '../samples/networkSample.js';
import type { NetworkSubject, SgdState, SgdSubject } from '../subject.js';
import type { Values } from '../values.js';
import type { Variables } from '../variables.js';
import { normalizedPaths } from './networkScaling.js';
import { atRest, sgdRounding } from './sgd.js';

/**
 * Law 14 (Li & Arora 2019), step by step.
 *
 * L2 at a constant rate is W_{t+1} = (1 + m − ηλ)W_t − mW_{t−1} − ηg(W_t). With W_t = αᵗX_t,
 * g(W_t) = α⁻ᵗg(X_t) (law 2) and α² − (1 + m − ηλ)α + m = 0 this becomes
 * X_{t+1} − X_t = (m/α²)(X_t − X_{t−1}) − η̃_t g(X_t), which is SGD without L2, of the same
 * momentum m, at the rate η̃_t = η·α^(−2t−1); its velocity is ṽ_t = αᵗv_t − α^(t−1)(1 − α)W_t/η.
 *
 * At every step the state of the run with L2 is mapped to that without, both take a step, and
 * X_{t+1} is compared with α^(−t−1)W_{t+1}: the trajectories agree if every such square commutes.
 * Bound: η̃ and η times the errors of the two gradients, the rounding of both steps and of the map.
 */
export const decayAsSchedule: Law<NetworkSubject & SgdSubject, 'network'> = {
  id: '14',
  title: 'L2 at constant η ≡ η̃_t = η·α^(−2t−1) without L2',
  statement:
    'For normalized weights L2 is an exponentially growing learning rate: α is the larger root of x² − (1 + m − ηλ)x + m, for ηλ ≤ (1 − √m)², at ε = 0.',
  exact: true,
  samples: 'network',
  async holds(subject, sample) {
    const roundoff = roundoffOf(subject);
    const { network, learningRate, weightDecay, momentum } = sample;
    const withDecay = { learningRate, weightDecay, momentum };
    const middle = 1 + momentum - learningRate * weightDecay;
    // At ηλ = (1 − √m)² the root is double, and rounding may leave less than nothing below the square root.
    const alpha = (middle + Math.sqrt(Math.max(0, middle * middle - 4 * momentum))) / 2;
    const params = paramsOf(sample);
    let state: SgdState = { params, velocity: atRest(params) };
    const verdicts: Verdict[] = [];
    for (let t = 0; t < 2; t++) {
      const batch = labelledBatchOf(sample, t);
      const images = exactly(batch.images);
      const mapped = Object.fromEntries(
        Object.entries(state.params).map(([path, { data, shape }]) => {
          const by = normalizedPaths(network).includes(path) ? alpha ** -t : 1;
          return [
            path,
            rounded(
              Float64Array.from(data, (w) => by * w),
              shape,
              roundoff,
            ),
          ];
        }),
      );
      const exactParams = Object.fromEntries(
        Object.entries(state.params).map(([path, values]) => [path, exactly(values)]),
      );
      const one = await subject.lossAndGradients(network, state.params, batch);
      const other = await subject.lossAndGradients(network, valuesOf(mapped), batch);
      const oneTracked = trackNetwork(network, exactParams, { images, labels: batch.labels }, subject);
      const otherTracked = trackNetwork(
        network,
        trackedOf(mapped),
        { images, labels: batch.labels },
        subject,
      );
      const next = await subject.sgdStep(state, one.gradients, withDecay);

      const grown = { learningRate: learningRate * alpha ** (-2 * t - 1), weightDecay: 0, momentum };
      const drift = ((1 - alpha) * alpha ** (t - 1)) / learningRate;
      const velocity = Object.fromEntries(
        Object.entries(state.velocity).map(([path, { data, shape }]) => {
          const w = state.params[path]!.data;
          return [
            path,
            rounded(
              Float64Array.from(data, (v, i) => alpha ** t * v - drift * w[i]!),
              shape,
              roundoff,
            ),
          ];
        }),
      );
      const mappedState = { params: valuesOf(mapped), velocity: valuesOf(velocity) };
      const stepped = await subject.sgdStep(mappedState, other.gradients, grown);
      const back = alpha ** (-t - 1);
      for (const path of normalizedPaths(network)) {
        const [x, v] = [mapped[path]!, velocity[path]!];
        const r1 = sgdRounding(
          state.params[path]!,
          state.velocity[path]!,
          one.gradients[path]!,
          withDecay,
          roundoff,
        );
        const r2 = sgdRounding(x.values, v.values, other.gradients[path]!, grown, roundoff);
        const [e1, e2] = [oneTracked.gradients[path]!.error, otherTracked.gradients[path]!.error];
        const results = [one.gradients, next.params, ...(momentum > 0 ? [next.velocity] : [])];
        const others = [other.gradients, stepped.params];
        if (results.some((each) => lacksNumbers(each[path]!.data, e1))) return fallen;
        if (others.some((each) => lacksNumbers(each[path]!.data, e2))) return fallen;
        verdicts.push(
          compare(
            stepped.params[path]!.data,
            Float64Array.from(next.params[path]!.data, (each) => back * each),
            r1.map(
              (each, i) =>
                back * (each + learningRate * e1[i]!) +
                r2[i]! +
                x.tracked.error[i]! +
                grown.learningRate * (e2[i]! + momentum * v.tracked.error[i]!),
            ),
            x.tracked.size,
          ),
        );
      }
      state = next;
    }
    return worst(verdicts);
  },
};

function valuesOf(record: Variables<Rounded>): Variables<Values> {
  return Object.fromEntries(Object.entries(record).map(([path, { values }]) => [path, values]));
}

function trackedOf(record: Variables<Rounded>): Variables<Tracked> {
  return Object.fromEntries(Object.entries(record).map(([path, { tracked }]) => [path, tracked]));
}
