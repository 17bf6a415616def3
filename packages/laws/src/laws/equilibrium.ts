import { add, given, inner, type Judged, known, mul, squaredLength, sub } from '../judged.js';
import { defineLaw, type Side } from '../law.js';

/** Steps until the weights have settled, and steps that are averaged after that. */
const settling = 6;
const watched = 6;

/**
 * Law 12: a normalized layer whose C channels are trained on new noise at every step.
 *
 * g ⊥ W (law 6), and g has mean 0 given the past. With ρ = ‖W‖², q = ‖v‖², c = ⟨W, v⟩ before a step,
 * v' = mv + g + λW and W' = W − ηv', their means satisfy
 *
 *     q' = m²q + λ²ρ + ‖g‖² + 2mλc,   ρ' = ρ − 2η(mc + λρ) + η²q',   c' = mc + λρ − ηq'.
 *
 * The fixed point is c = −ηq/2, λρ = (1 + m)ηq/2, hence, ‖g̃‖² being ‖W‖²‖g‖²,
 *
 *     ‖W‖² = η‖g‖²/(2λ(1 − m))·1/(1 − ηλ/(2(1 + m)))   and   1 − ⟨W, W'⟩/‖W‖² = ηλ/(1 + m).
 *
 * The first is the law except for its last factor; the second is 1 − cos of the angle, half its square.
 * Both are linear in the means, so fluctuations do not shift them. Both are checked as ratios that should be
 * 1, of means over `watched` steps and C independent channels.
 *
 * Bound: eight standard errors, estimated from the channels (Student's t with C − 1 = 15 degrees of freedom:
 * one run in a million exceeds it), and the remaining effect of the initial weights. A deviation of ‖W‖² shrinks
 * by e^(−4ηλ/(1 − m)) per step to first order; initially it is at most one half.
 */
export const rotationalEquilibrium = defineLaw({
  id: '12',
  title: '‖W‖⁴ → η‖g̃‖²/(2λ(1 − m)), angle per step → √(2ηλ/(1 + m))',
  statement:
    'With L2, the weights of a normalized channel settle at a length, and turn by an angle per step, that only the hyperparameters determine.',
  exact: false,
  samples: 'rotation',
  needs: ['normalizedLayerGradient', 'sgdStep'],
  async sides({ normalizedLayerGradient, sgdStep }, sample) {
    const { learningRate, decay, momentum, zero } = sample;
    const options = { learningRate, weightDecay: decay / learningRate, momentum };
    const gradientAt = async (kernel: Judged, step: number) => {
      const { u, dy } = sample.noise(step);
      return given((await normalizedLayerGradient(u, kernel, zero, dy, 0)).kernel);
    };
    let w = settledGuess(sample, await gradientAt(sample.kernel, -1));
    let v = sample.rest;
    let [square, pull, turn] = [zero, zero, zero];
    for (let step = 0; step < settling + watched; step++) {
      const g = await gradientAt(w, step);
      const next = await sgdStep({ params: { w }, velocity: { w: v } }, { w: g }, options);
      const [before, after] = [w, given(next.params.w!)];
      [w, v] = [after, given(next.velocity.w!)];
      if (step < settling) continue;
      square = add(square, squaredLength(before));
      pull = add(pull, squaredLength(g));
      turn = add(turn, sub(squaredLength(before), inner(before, after)));
    }
    const remaining = decay / (2 * (1 + momentum));
    const length = (2 * options.weightDecay * (1 - momentum) * (1 - remaining)) / learningRate;
    const memory = 0.5 * Math.exp((-4 * decay * settling) / (1 - momentum));
    return {
      length: ratioToOne(mul(length, square), pull, memory),
      angle: ratioToOne(mul((1 + momentum) / decay, turn), square, memory),
    };
  },
});

/** Whether mean a/mean b is 1. To first order, the ratio's standard error is that of the mean of (aₖ − bₖ)/mean b. */
function ratioToOne(a: Judged, b: Judged, memory: number): Side {
  const center = mean(b.computed);
  const differences = sub(a, b).computed.map((each) => each / center);
  const ratio = { ...known({ data: [1 + mean(differences)], shape: [1] }), size: 1 };
  return [ratio, 1, memory + 8 * standardError(differences)];
}

/** Weights of the length that the law predicts from their first gradient. */
function settledGuess(
  {
    kernel,
    learningRate,
    decay,
    momentum,
  }: { kernel: Judged; learningRate: number; decay: number; momentum: number },
  gradient: Judged,
): Judged {
  const squares = squaredLength(kernel).value;
  const pull = mean(mul(squaredLength(gradient), squaredLength(kernel)).computed);
  const quartic = (learningRate ** 2 * pull) / (2 * decay * (1 - momentum));
  const data = kernel.value.map((w, i) => (w * quartic ** 0.25) / Math.sqrt(squares[i % squares.length]!));
  return known({ data: Float32Array.from(data), shape: kernel.shape });
}

function mean(values: Float64Array): number {
  return values.reduce((total, each) => total + each, 0) / values.length;
}

function standardError(values: Float64Array): number {
  const center = mean(values);
  return Math.sqrt(mean(values.map((each) => (each - center) ** 2)) / (values.length - 1));
}
