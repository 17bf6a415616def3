import { compare, worst } from '../bounds/compare.js';
import type { Law } from '../law.js';
import { constantValues, normalValues } from '../samples/batchSample.js';
import type { RotationSample } from '../samples/rotationSample.js';
import type { NormalizedLayerGradient, SgdSubject } from '../subject.js';
import type { Values } from '../values.js';
import { channelProducts, channelSquares } from './channelSums.js';

/** Steps left for the weights to settle, and steps then averaged over. */
const settling = 24;
const watched = 16;

/**
 * Law 12: a normalized layer whose C channels are trained on fresh noise at every step.
 *
 * With g ⊥ W (law 6), uncorrelated with the past, ‖g̃‖² = ‖W‖²‖g‖² = G, and ρ = ‖W‖², q = ‖v‖²,
 * c = ⟨W, v⟩ before a step, v' = mv + g + λW, W' = W − ηv':
 *
 *     q' = m²q + λ²ρ + G/ρ + 2mλc,   ρ' = ρ − 2η(mc + λρ) + η²q',   c' = mc + λρ − ηq'.
 *
 * Its fixed point is c = −ηq/2, λρ = (1 + m)ηq/2, hence
 *
 *     ρ² = ηG/(2λ(1 − m)) · 1/(1 − ηλ/(2(1 + m)))   and   cos∠(W, W') = 1 − ηλ/(1 + m).
 *
 * Bounds. Both are means over C independent channels; eight standard errors of that mean, taken
 * from the channels themselves (Student's t with C − 1 = 15 degrees of freedom: one run in a
 * million goes beyond). To this add, relatively: for ρ² the factor above, ηλ/(2(1 + m) − ηλ); for
 * the angle, 1 − cos θ = ηλ/(1 + m)·(1 + O(G's spread)) needs none. What is left of the start after
 * `settling` steps is e^(−4ηλ/(1 − m)·settling), times the start's own error of at most a factor 2.
 */
export const rotationalEquilibrium: Law<NormalizedLayerGradient & SgdSubject, 'rotation'> = {
  id: '12',
  title: '‖W‖⁴ → η‖g̃‖²/(2λ(1 − m)), angle per step → √(2ηλ/(1 + m))',
  statement:
    'With L2 the weights of a normalized channel settle at a length and turn by an angle that the hyperparameters alone decide.',
  exact: false,
  samples: 'rotation',
  async holds(subject, sample) {
    const { learningRate, decay, momentum, outputs } = sample;
    const weightDecay = decay / learningRate;
    const options = { learningRate, weightDecay, momentum };
    let { kernel, velocity } = await settledGuess(subject, sample);
    const quartic = new Float64Array(outputs);
    const pull = new Float64Array(outputs);
    const turn = new Float64Array(outputs);
    for (let step = 0; step < settling + watched; step++) {
      const gradient = await noiseGradient(subject, sample, kernel, step);
      const next = await subject.sgdStep(kernel, velocity, gradient, options);
      if (step >= settling) {
        const [squares, gSquares, after] = [kernel, gradient, next.param].map(({ data }) =>
          channelSquares(data, outputs),
        );
        const inner = channelProducts(kernel.data, next.param.data, outputs);
        for (let k = 0; k < outputs; k++) {
          quartic[k]! += squares![k]! ** 2 / watched;
          pull[k]! += (squares![k]! * gSquares![k]!) / watched;
          turn[k]! += (1 - inner[k]! / Math.sqrt(squares![k]! * after![k]!)) / watched;
        }
      }
      ({ param: kernel, velocity } = next);
    }
    const meanPull = mean(pull);
    const lengths = quartic.map(
      (each) => (each * 2 * weightDecay * (1 - momentum)) / (learningRate * meanPull),
    );
    const turns = turn.map((each) => (each * (1 + momentum)) / decay);
    const memory = 2 * Math.exp((-4 * decay * settling) / (1 - momentum));
    const systematic = decay / (2 * (1 + momentum) - decay);
    return worst([
      compare([mean(lengths)], [1], [systematic + memory + 8 * standardError(lengths)], 1),
      compare([mean(turns)], [1], [systematic + memory + 8 * standardError(turns)], 1),
    ]);
  },
};

/** Weights of the length that the law predicts from their first gradient. */
async function settledGuess(
  subject: NormalizedLayerGradient,
  sample: RotationSample,
): Promise<{ kernel: Values; velocity: Values }> {
  const { inputs, outputs, learningRate, decay, momentum, seed } = sample;
  const kernel = normalValues([inputs, outputs], seed, 'kernel');
  const gradient = await noiseGradient(subject, sample, kernel, -1);
  const squares = channelSquares(kernel.data, outputs);
  const pulls = channelSquares(gradient.data, outputs).map((pull, k) => pull * squares[k]!);
  const quartic = (learningRate ** 2 * mean(pulls)) / (2 * decay * (1 - momentum));
  const data = kernel.data.map((w, i) => (w * quartic ** 0.25) / Math.sqrt(squares[i % outputs]!));
  return {
    kernel: { data, shape: kernel.shape },
    velocity: constantValues([inputs, outputs], 0),
  };
}

async function noiseGradient(
  subject: NormalizedLayerGradient,
  { batch, inputs, outputs, seed }: RotationSample,
  kernel: Values,
  step: number,
): Promise<Values> {
  const u = normalValues([batch, inputs], seed, `u${step}`);
  const dy = normalValues([batch, outputs], seed, `dy${step}`);
  const zero = constantValues([outputs], 0);
  return (await subject.normalizedLayerGradient(u, kernel, zero, dy, 0)).kernel;
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, each) => sum + each, 0) / values.length;
}

function standardError(values: Float64Array): number {
  const center = mean(values);
  const variance = mean(values.map((each) => (each - center) ** 2)) / (values.length - 1);
  return Math.sqrt(variance);
}
