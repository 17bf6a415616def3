import { given, mul, sub } from '../judged.js';
import { defineLaw, type Side } from '../law.js';
import { mapRecord } from '../values.js';
import { normalizedPaths, scaledKernels } from './networkScaling.js';

/**
 * Law 14 (Li & Arora 2019), step by step.
 *
 * L2 at a constant rate is W_{t+1} = (1 + m − ηλ)W_t − mW_{t−1} − ηg(W_t). With W_t = αᵗX_t,
 * g(W_t) = α⁻ᵗg(X_t) (law 2) and α² − (1 + m − ηλ)α + m = 0 this becomes
 * X_{t+1} − X_t = (m/α²)(X_t − X_{t−1}) − η̃_t g(X_t), which is SGD without L2, of the same
 * momentum m, at the rate η̃_t = η·α^(−2t−1); its velocity is ṽ_t = αᵗv_t − α^(t−1)(1 − α)W_t/η.
 *
 * At every step, the state of the run with L2 is mapped to that of the run without, both take a step, and
 * X_{t+1} is compared with α^(−t−1)W_{t+1}: the trajectories agree if mapping and step commute every time.
 */
export const decayAsSchedule = defineLaw({
  id: '14',
  title: 'L2 at constant η ≡ η̃_t = η·α^(−2t−1) without L2',
  statement:
    'For normalized weights L2 is an exponentially growing learning rate: α is the larger root of x² − (1 + m − ηλ)x + m, for ηλ ≤ (1 − √m)², at ε = 0.',
  samples: 'network',
  needs: ['lossAndGradients', 'sgdStep'],
  async sides({ lossAndGradients, sgdStep }, sample) {
    const { network, learningRate, weightDecay, momentum } = sample;
    const middle = 1 + momentum - learningRate * weightDecay;
    // At ηλ = (1 − √m)² the root is double, and rounding may make the discriminant negative.
    const alpha = (middle + Math.sqrt(Math.max(0, middle * middle - 4 * momentum))) / 2;
    let state = { params: sample.params, velocity: sample.atRest };
    const sides: Record<string, Side> = {};
    for (let t = 0; t < 2; t++) {
      const batch = sample.batch(t);
      const drift = ((1 - alpha) * alpha ** (t - 1)) / learningRate;
      const mapped = {
        params: scaledKernels(network, state.params, alpha ** -t),
        velocity: mapRecord(state.velocity, (v, path) =>
          sub(mul(alpha ** t, v), mul(drift, state.params[path]!)),
        ),
      };
      const { gradients } = await lossAndGradients(network, state.params, batch);
      const next = await sgdStep(state, gradients, { learningRate, weightDecay, momentum });
      const others = await lossAndGradients(network, mapped.params, batch);
      const grown = { learningRate: learningRate * alpha ** (-2 * t - 1), weightDecay: 0, momentum };
      const stepped = await sgdStep(mapped, others.gradients, grown);
      for (const path of normalizedPaths(network)) {
        const expected = mul(alpha ** (-t - 1), next.params[path]!);
        sides[`${path} after step ${t + 1}`] = [stepped.params[path]!, expected];
      }
      state = mapRecord(next, (record) => mapRecord(record, given));
    }
    return sides;
  },
});
