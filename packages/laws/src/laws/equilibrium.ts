import { compare, fallen, lacksNumbers, worst } from '../bounds/compare.js';
import type { Law, Verdict } from '../law.js';
import { constantValues, normalValues } from '../samples/batchSample.js';
import type { RotationSample } from '../samples/rotationSample.js';
import type { NormalizedLayerGradient, SgdState, SgdSubject } from '../subject.js';
import type { Values } from '../values.js';
import { channelProducts, channelSquares } from './channelSums.js';

/** Steps left for the weights to settle, and steps then averaged over. */
const settling = 6;
const watched = 6;

/**
 * Law 12: a normalized layer whose C channels are trained on fresh noise at every step.
 *
 * g ⊥ W (law 6), and g has mean 0 given the past. With ρ = ‖W‖², q = ‖v‖², c = ⟨W, v⟩ before a step,
 * v' = mv + g + λW and W' = W − ηv', their means go by
 *
 *     q' = m²q + λ²ρ + ‖g‖² + 2mλc,   ρ' = ρ − 2η(mc + λρ) + η²q',   c' = mc + λρ − ηq'.
 *
 * The fixed point is c = −ηq/2, λρ = (1 + m)ηq/2, hence, ‖g̃‖² being ‖W‖²‖g‖²,
 *
 *     ‖W‖² = η‖g‖²/(2λ(1 − m))·1/(1 − ηλ/(2(1 + m)))   and   1 − ⟨W, W'⟩/‖W‖² = ηλ/(1 + m).
 *
 * The first is the law but for its last factor, the second is 1 − cos of the angle, half its square.
 * Both are linear in the means, so fluctuations do not shift them; both are put to the test as ratios
 * to 1, of means over `watched` steps and C independent channels.
 *
 * Bound: eight standard errors, taken from the spread of the channels (Student's t with C − 1 = 15
 * degrees of freedom: one run in a million goes beyond), and what is left of the start. A deviation
 * of ‖W‖² shrinks by e^(−4ηλ/(1 − m)) a step to first order; it begins within a half.
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
    let state: SgdState = await settledGuess(subject, sample);
    const known = new Float64Array(sample.inputs * outputs);
    const square = new Float64Array(outputs);
    const pull = new Float64Array(outputs);
    const turn = new Float64Array(outputs);
    for (let step = 0; step < settling + watched; step++) {
      const kernel = state.params.w!;
      const gradient = await noiseGradient(subject, sample, kernel, step);
      state = await subject.sgdStep(state, { w: gradient }, options);
      if (lacksNumbers(gradient.data, known) || lacksNumbers(state.params.w!.data, known)) return fallen;
      if (step >= settling) {
        const inner = channelProducts(kernel.data, state.params.w!.data, outputs);
        const [squares, pulls] = [kernel, gradient].map(({ data }) => channelSquares(data, outputs));
        for (let k = 0; k < outputs; k++) {
          square[k]! += squares![k]!;
          pull[k]! += pulls![k]!;
          turn[k]! += squares![k]! - inner[k]!;
        }
      }
    }
    const remaining = decay / (2 * (1 + momentum));
    const length = (2 * weightDecay * (1 - momentum) * (1 - remaining)) / learningRate;
    const memory = 0.5 * Math.exp((-4 * decay * settling) / (1 - momentum));
    return worst([
      ratioToOne(
        square.map((each) => each * length),
        pull,
        memory,
      ),
      ratioToOne(
        turn.map((each) => (each * (1 + momentum)) / decay),
        square,
        memory,
      ),
    ]);
  },
};

/** Whether mean a/mean b is 1. To first order the ratio's spread is that of (aₖ − bₖ)/mean b. */
function ratioToOne(a: Float64Array, b: Float64Array, memory: number): Verdict {
  const center = mean(b);
  const differences = a.map((each, k) => (each - b[k]!) / center);
  return compare([mean(differences)], [0], [memory + 8 * standardError(differences)], 1);
}

/** Weights of the length that the law predicts from their first gradient. */
async function settledGuess(subject: NormalizedLayerGradient, sample: RotationSample): Promise<SgdState> {
  const { inputs, outputs, learningRate, decay, momentum, seed } = sample;
  const kernel = normalValues([inputs, outputs], seed, 'kernel');
  const gradient = await noiseGradient(subject, sample, kernel, -1);
  const squares = channelSquares(kernel.data, outputs);
  const pulls = channelSquares(gradient.data, outputs).map((pull, k) => pull * squares[k]!);
  const quartic = (learningRate ** 2 * mean(pulls)) / (2 * decay * (1 - momentum));
  const data = kernel.data.map((w, i) => (w * quartic ** 0.25) / Math.sqrt(squares[i % outputs]!));
  return {
    params: { w: { data, shape: kernel.shape } },
    velocity: { w: constantValues([inputs, outputs], 0) },
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
