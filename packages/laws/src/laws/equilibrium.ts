import { add, given, inner, type Judged, known, mul, squaredLength, sub, widened } from '../judged.js';
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
 * one run in a million exceeds it), the remaining effect of the start (`remainingEffect`), and in the angle the rounding
 * of ⟨W, W'⟩: that of the step, and η times that of the gradient, as exactly ⟨W, g⟩ = 0. (At m = 0 the angle of every step
 * is that of the law, so nothing else may be left.)
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
      return (await normalizedLayerGradient(u, kernel, zero, dy, 0)).kernel;
    };
    let w = settledGuess(sample, given(await gradientAt(sample.kernel, -1)));
    let v = sample.rest;
    let [square, pull, turn] = [zero, zero, zero];
    for (let step = 0; step < settling + watched; step++) {
      const gradient = await gradientAt(w, step);
      const g = given(gradient);
      const next = await sgdStep({ params: { w }, velocity: { w: v } }, { w: g }, options);
      const [before, after] = [w, next.params.w!];
      [w, v] = [given(after), given(next.velocity.w!)];
      if (step < settling) continue;
      square = add(square, squaredLength(before));
      pull = add(pull, squaredLength(g));
      const cross = mul(learningRate, inner(before, gradient)).error;
      turn = add(turn, widened(sub(squaredLength(before), inner(before, after)), cross));
    }
    const remaining = decay / (2 * (1 + momentum));
    const length = (2 * options.weightDecay * (1 - momentum) * (1 - remaining)) / learningRate;
    const memory = remainingEffect(decay, momentum);
    return {
      length: ratioToOne(mul(length, square), pull, memory),
      angle: ratioToOne(mul((1 + momentum) / decay, turn), square, memory),
    };
  },
});

/** Whether mean a/mean b is 1. To first order, the ratio's standard error is that of the mean of (aₖ − bₖ)/mean b. */
function ratioToOne(a: Judged, b: Judged, memory: number): Side {
  const center = mean(b.computed);
  const gap = sub(a, b);
  const differences = gap.computed.map((each) => each / center);
  const ratio = { ...known({ data: [1 + mean(differences)], shape: [1] }), size: 1 };
  return [ratio, 1, memory + 8 * standardError(differences) + mean(gap.error) / center];
}

/**
 * The largest deviation of the law's two ratios from 1 by the recursion of the means, with ‖g‖² = ‖g̃‖²/ρ, over starts
 * with v = 0 and ρ from ½ to 1½ of the fixed point, in steps of 1/32. (That v starts at 0 counts most: with momentum, q and
 * c reach their fixed points more slowly than ρ does.)
 *
 * In units of η and of the fixed point of ρ, only ηλ and m are left. Averages of ρ, ‖g‖² and of the turn ρ − ⟨W, W'⟩ =
 * mc + λρ are taken over the watched steps.
 */
function remainingEffect(decay: number, momentum: number): number {
  const fixedPull = 2 * decay * (1 - momentum) * (1 - decay / (2 * (1 + momentum)));
  let most = 0;
  for (let start = 16; start <= 48; start++) {
    let [rho, q, c] = [start / 32, 0, 0];
    let [square, pull, turn] = [0, 0, 0];
    for (let step = 0; step < settling + watched; step++) {
      const g = fixedPull / rho;
      const drift = momentum * c + decay * rho;
      if (step >= settling) [square, pull, turn] = [square + rho, pull + g, turn + drift];
      q = momentum ** 2 * q + decay ** 2 * rho + g + 2 * momentum * decay * c;
      [rho, c] = [rho - 2 * drift + q, drift - q];
    }
    const length = (fixedPull * square) / pull;
    const angle = ((1 + momentum) * turn) / (decay * square);
    most = Math.max(most, Math.abs(length - 1), Math.abs(angle - 1));
  }
  return most;
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
