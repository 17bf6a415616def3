import {
  decayAsSchedule,
  effectiveLearningRate,
  quarticGrowth,
  rotationalEquilibrium,
  trajectoryScaling,
  weightGrowth,
} from '@normlab/laws';
import { expect, it } from 'vitest';
import { type Judged, known } from '../src/judged.js';
import type { Side } from '../src/law.js';
import { draw } from '../src/samples/samples.js';
import { average, sum } from './bounds/offBy.js';

// What laws about training compare and allow, beside their equations written naively. The subject is arithmetic in float64
// whose results have errors that all differ.

type Variables = Readonly<Record<string, Judged>>;
type Step = { readonly learningRate: number; readonly weightDecay: number; readonly momentum: number };
type State = { readonly params: Variables; readonly velocity: Variables };

const errorAt = (i: number) => (1 + (i % 7)) / 1000;
const withErrors = (x: Judged): Judged => ({ ...x, error: x.value.map((_, i) => errorAt(i)) });

/** SGD, and the options of each of its steps. */
function sgd() {
  const options: Step[] = [];
  const sgdStep = async ({ params, velocity }: State, gradients: Variables, step: Step) => {
    options.push(step);
    const { learningRate, weightDecay, momentum } = step;
    const next: { params: Record<string, Judged>; velocity: Record<string, Judged> } = {
      params: {},
      velocity: {},
    };
    for (const [path, w] of Object.entries(params)) {
      const v = w.value.map(
        (each, i) => momentum * velocity[path]!.value[i]! + gradients[path]!.value[i]! + weightDecay * each,
      );
      const stepped = w.value.map((each, i) => each - learningRate * v[i]!);
      next.velocity[path] = withErrors(known({ data: v, shape: w.shape }));
      next.params[path] = withErrors(known({ data: stepped, shape: w.shape }));
    }
    return next;
  };
  return { options, sgdStep };
}

/** A gradient that depends on the noise and, a little, on the weights. */
function noisyGradient(noise: number, w: ArrayLike<number>): number[] {
  return Array.from(w, (each, i) => Math.cos(i * i + 100 * noise) + each / 8);
}

const noisy = async (u: Judged, w: Judged, _: Judged, dy: Judged) => {
  const data = noisyGradient(u.value[0]! + dy.value[0]!, w.value);
  return { kernel: withErrors(known({ data, shape: w.shape })) };
};

/** Σ f(i) over the places i of each of the channels. */
function perChannel(length: number, channels: number, f: (i: number) => number): number[] {
  return Array.from({ length: channels }, (_, k) =>
    sum(Array.from({ length: length / channels }, (_, d) => f(d * channels + k))),
  );
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[], digits = 11) {
  expect(actual.length).toBe(expected.length);
  for (const [i, each] of expected.entries()) {
    expect(Math.abs(actual[i]! - each)).toBeLessThanOrEqual(10 ** -digits * Math.abs(each));
  }
}

const rotation = { batch: 2, inputs: 3, outputs: 4, learningRate: 0.25, decay: 0.02, momentum: 0.5, seed: 5 };

it('law 12 compares means over the steps 6 to 11, and allows eight standard errors and what remains of the start', async () => {
  const { learningRate, decay, momentum, outputs } = rotation;
  const { options, sgdStep } = sgd();
  const sample = draw('rotation', rotation);
  const operations = { normalizedLayerGradient: noisy, sgdStep } as never;
  const sides = (await rotationalEquilibrium.sides(operations, sample)) as Record<string, Side>;

  const noise = (step: number) => sample.noise(step).u.value[0]! + sample.noise(step).dy.value[0]!;
  const lambda = decay / learningRate;
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    perChannel(a.length, outputs, (i) => a[i]! * b[i]!);
  const kernel = sample.kernel.value;
  const lengths = dot(kernel, kernel);
  const first = noisyGradient(noise(-1), kernel);
  const forces = dot(first, first).map((each, k) => each * lengths[k]!);
  // ‖W‖⁴ = η‖g̃‖²/(2λ(1 − m))
  const quartic = (learningRate * average(forces)) / (2 * lambda * (1 - momentum));
  let w = Array.from(kernel, (each, i) =>
    Math.fround((each / Math.sqrt(lengths[i % outputs]!)) * quartic ** (1 / 4)),
  );
  let v = w.map(() => 0);
  const means = { square: [0, 0, 0, 0], pull: [0, 0, 0, 0], turn: [0, 0, 0, 0], rounding: [0, 0, 0, 0] };
  for (let step = 0; step < 12; step++) {
    const g = noisyGradient(noise(step), w);
    v = v.map((each, i) => momentum * each + g[i]! + lambda * w[i]!);
    const next = w.map((each, i) => each - learningRate * v[i]!);
    if (step >= 6) {
      const [ww, gg, inner] = [dot(w, w), dot(g, g), dot(w, next)];
      means.square = means.square.map((each, k) => each + ww[k]! / 6);
      means.pull = means.pull.map((each, k) => each + gg[k]! / 6);
      means.turn = means.turn.map((each, k) => each + (ww[k]! - inner[k]!) / 6);
      // ⟨W, e⟩ for the errors e of the step and, times η, of the gradient.
      const rounding = perChannel(
        w.length,
        outputs,
        (i) => (1 + learningRate) * Math.abs(w[i]!) * errorAt(i),
      );
      means.rounding = means.rounding.map((each, k) => each + rounding[k]! / 6);
    }
    w = next;
  }
  expect(options).toEqual(new Array(12).fill({ learningRate, weightDecay: lambda, momentum }));

  const remains = remainingOf(decay, momentum);
  const expectRatio = (side: Side, a: readonly number[], b: readonly number[], rounding: number) => {
    const [left, right, allowed] = side;
    const differences = a.map((each, k) => (each - b[k]!) / average(b));
    const spread = sum(differences.map((each) => (each - average(differences)) ** 2));
    const standardError = Math.sqrt(spread / (outputs - 1) / outputs);
    expectClose(left.value, [average(a) / average(b)]);
    expectClose(left.computed, [average(a) / average(b)]);
    expect([left.shape, left.size, right]).toEqual([[1], 1, 1]);
    expectClose([allowed as number], [remains + 8 * standardError + rounding / average(b)]);
  };
  expect(Object.keys(sides)).toEqual(['length', 'angle']);
  // ‖W‖²·2λ(1 − m)/η·(1 − ηλ/(2(1 + m))) beside ‖g‖²
  const factor =
    ((2 * lambda * (1 - momentum)) / learningRate) * (1 - (learningRate * lambda) / (2 * (1 + momentum)));
  expectRatio(
    sides.length!,
    means.square.map((each) => factor * each),
    means.pull,
    0,
  );
  // (‖W‖² − ⟨W, W'⟩)·(1 + m)/(ηλ) beside ‖W‖²
  expectRatio(
    sides.angle!,
    means.turn.map((each) => (each * (1 + momentum)) / (learningRate * lambda)),
    means.square,
    ((1 + momentum) / decay) * average(means.rounding),
  );
});

/**
 * The largest deviation from 1 of the ratios of law 12 over the steps 6 to 11, for starts at rest with ‖W‖² from ½ to 1½
 * of its equilibrium. Of W and v, only the lengths and the inner
 * product count.
 */
function remainingOf(decay: number, momentum: number): number {
  const pull = 2 * decay * (1 - momentum) * (1 - decay / (2 * (1 + momentum)));
  let most = 0;
  for (let start = 16; start <= 48; start++) {
    let [ww, vv, wv] = [start / 32, 0, 0];
    const [lengths, pulls, turns] = [[] as number[], [] as number[], [] as number[]];
    for (let step = 0; step < 12; step++) {
      // η²‖g‖² = η²‖g̃‖²/‖W‖², and ηv′ = mηv + ηg + ηλW.
      const gg = pull / ww;
      const nextVv = momentum ** 2 * vv + gg + decay ** 2 * ww + 2 * momentum * decay * wv;
      const nextWv = momentum * wv + decay * ww;
      if (step >= 6) {
        lengths.push(ww);
        pulls.push(gg);
        turns.push(nextWv);
      }
      ww += nextVv - 2 * nextWv;
      [vv, wv] = [nextVv, nextWv - nextVv];
    }
    const ratios = [(pull * sum(lengths)) / sum(pulls), (sum(turns) * (1 + momentum)) / decay / sum(lengths)];
    most = Math.max(most, ...ratios.map((each) => Math.abs(each - 1)));
  }
  return most;
}

it.each(
  [0, 0.3, 0.5].flatMap((momentum) =>
    [0.15, 0.25].flatMap((decay) => [0.5, 0.8, 1, 1.5].map((start) => ({ momentum, decay, start }))),
  ),
)(
  'law 12 allows what remains of the start at m = $momentum, ηλ = $decay, ‖W‖² = $start',
  async ({ momentum, decay, start }) => {
    // Each gradient is orthogonal to all vectors before it, so that the equations of the means hold without means.
    const learningRate = 0.25;
    const sample = {
      ...draw('rotation', { batch: 2, inputs: 16, outputs: 2, learningRate, decay, momentum, seed: 1 }),
      kernel: known({ data: Array.from({ length: 32 }, (_, i) => (i < 2 ? 1 : 0)), shape: [16, 2] }),
    };
    const first = (2 * decay * (1 - momentum)) / learningRate ** 2;
    const pull = first * (1 - decay / (2 * (1 + momentum)));
    let calls = 0;
    const normalizedLayerGradient = async (_: Judged, w: Judged) => {
      const square = sum(Array.from(w.value, (each, i) => (i % 2 === 0 ? each ** 2 : 0)));
      const length = Math.sqrt(calls === 0 ? start ** 2 * first : pull / square);
      calls++;
      const data = Array.from({ length: 32 }, (__, i) => (Math.floor(i / 2) === calls ? length : 0));
      return { kernel: known({ data, shape: [16, 2] }) };
    };
    const exactStep = async (...given: Parameters<ReturnType<typeof sgd>['sgdStep']>) => {
      const { params, velocity } = await sgd().sgdStep(...given);
      const exact = (of: Variables) =>
        Object.fromEntries(
          Object.entries(of).map(([path, { value, shape }]) => [path, known({ data: value, shape })]),
        );
      return { params: exact(params), velocity: exact(velocity) };
    };
    const operations = { normalizedLayerGradient, sgdStep: exactStep } as never;
    const sides = (await rotationalEquilibrium.sides(operations, sample as never)) as Record<string, Side>;
    for (const [left, right, allowed] of Object.values(sides) as [Judged, number, number][]) {
      expect(Math.abs(left.value[0]! - right)).toBeLessThanOrEqual(allowed + 1e-7);
      // Both channels are equal: no standard error.
      expect(allowed).toBeLessThan(0.04);
    }
  },
);

it('law 11 allows η⁴‖g‖⁴ of each of four steps, and the errors of the squared lengths and of the cross terms', async () => {
  const { learningRate: rate, outputs } = rotation;
  const { options, sgdStep } = sgd();
  const sample = draw('rotation', rotation);
  const operations = { normalizedLayerGradient: noisy, sgdStep } as never;
  const [left, right, allowed] = (await quarticGrowth.sides(operations, sample)) as [
    Judged,
    Judged,
    Float64Array,
  ];

  let w = Array.from(sample.kernel.value);
  const channels = (f: (i: number) => number) => perChannel(w.length, outputs, f);
  const quartics = () => channels((i) => w[i]! ** 2).map((each) => each ** 2);
  const start = quartics();
  let [expected, leftOut] = [start, start.map(() => 0)];
  for (let step = 0; step < 4; step++) {
    const { u, dy } = sample.noise(step);
    const g = noisyGradient(u.value[0]! + dy.value[0]!, w);
    const [before, pull] = [channels((i) => w[i]! ** 2), channels((i) => g[i]! ** 2)];
    const cross = channels((i) => 2 * rate * Math.abs(w[i]!) * errorAt(i));
    w = w.map((each, i) => each - rate * g[i]!);
    const after = channels((i) => w[i]! ** 2);
    const error = channels((i) => (Math.abs(w[i]!) + errorAt(i)) ** 2 - w[i]! ** 2).map(
      (each, k) => each + cross[k]!,
    );
    expected = expected.map((each, k) => each + 2 * rate ** 2 * before[k]! * pull[k]!);
    leftOut = leftOut.map(
      (each, k) => each + (rate * rate * pull[k]!) ** 2 + (after[k]! + error[k]!) ** 2 - after[k]! ** 2,
    );
  }
  expect(options).toEqual(new Array(4).fill({ learningRate: rate, weightDecay: 0, momentum: 0 }));
  expectClose(left.value, quartics());
  expect(left.size).toBe(Math.max(...start));
  expectClose(right.value, expected);
  expectClose(allowed, leftOut, 10);
});

const trained = {
  network: { input: [4, 4, 1], channels: [2, 3], classes: 2, activation: 'relu', epsilon: 0 },
  ...{ batch: 2, a: 2, learningRate: 0.25, weightDecay: 0.5, momentum: 0.5, steps: 3, seed: 7 },
} as const;
const kernels = { conv1: 2, conv2: 3 } as const;

/** Gradients that depend on the variables, and the first kernels that they were asked for. */
function ofNetwork() {
  const at: Variables[] = [];
  const gradient = (w: ArrayLike<number>) => Array.from(w, (each, i) => Math.sin(i * i) + each ** 2);
  const lossAndGradients = async (_: unknown, params: Variables) => {
    at.push(params);
    const gradients = Object.entries(params).map(([path, { value, shape }]) => [
      path,
      withErrors(known({ data: gradient(value), shape })),
    ]);
    return { loss: known({ data: [1], shape: [] }), gradients: Object.fromEntries(gradients) as Variables };
  };
  return { at, gradient, lossAndGradients };
}

it('law 10 compares the squared lengths after a step with L2, and allows 2η times the error of ⟨W, g⟩', async () => {
  const { gradient, lossAndGradients } = ofNetwork();
  const { options, sgdStep } = sgd();
  const { learningRate, weightDecay } = trained;
  const sample = draw('network', trained);
  const sides = (await weightGrowth.sides({ lossAndGradients, sgdStep } as never, sample)) as Record<
    string,
    Side
  >;
  expect(options).toEqual(new Array(2).fill({ learningRate, weightDecay, momentum: 0 }));
  expect(Object.keys(sides)).toEqual(Object.keys(kernels));
  for (const [path, outputs] of Object.entries(kernels)) {
    const w = sample.params[path]!.value;
    const g = gradient(w);
    const channels = (f: (i: number) => number) => perChannel(w.length, outputs, f);
    const [left, right, allowed] = sides[path] as [Judged, Judged, Float64Array];
    expectClose(
      left.value,
      channels((i) => (w[i]! - learningRate * (g[i]! + weightDecay * w[i]!)) ** 2),
    );
    expect(left.size).toBeCloseTo(Math.max(...channels((i) => w[i]! ** 2)), 12);
    expectClose(
      right.value,
      channels((i) => ((1 - learningRate * weightDecay) * w[i]!) ** 2 + (learningRate * g[i]!) ** 2),
    );
    expectClose(
      allowed,
      channels((i) => 2 * learningRate * Math.abs(w[i]!) * errorAt(i)),
    );
  }
});

it('law 13 allows √(1 + τ²) − 1 with the error of τ, and 2‖e‖/‖W′‖ for the errors e of the step', async () => {
  const { at, gradient, lossAndGradients } = ofNetwork();
  const { options, sgdStep } = sgd();
  const { learningRate } = trained;
  const sample = draw('network', trained);
  const operations = { lossAndGradients, sgdStep } as never;
  const sides = (await effectiveLearningRate.sides(operations, sample)) as Record<string, Side>;
  expect(options).toEqual([{ learningRate, weightDecay: 0, momentum: 0 }]);
  expect(Object.keys(sides)).toEqual(Object.keys(kernels));
  const { head, headBias } = sample.params;
  for (const params of at) expect(params).toMatchObject({ head, headBias });
  for (const [path, outputs] of Object.entries(kernels)) {
    const w = sample.params[path]!.value;
    const lengths = (of: (i: number) => number) =>
      perChannel(w.length, outputs, (i) => of(i) ** 2).map(Math.sqrt);
    const before = lengths((i) => w[i]!);
    const units = w.map((each, i) => each / before[i % outputs]!);
    const g = gradient(w);
    const after = w.map((each, i) => each - learningRate * g[i]!);
    const reached = lengths((i) => after[i]!);
    const rates = before.map((each) => learningRate / each ** 2);
    const there = gradient(units);
    const gap = lengths(
      (i) => after[i]! / reached[i % outputs]! - (units[i]! - rates[i % outputs]! * there[i]!),
    );
    const tau = lengths((i) => rates[i % outputs]! * there[i]!);
    const tauError = lengths((i) => rates[i % outputs]! * errorAt(i));
    const stepError = lengths(errorAt);
    const [left, right, allowed] = sides[path] as [Judged, number, Float64Array];
    expectClose(left.value, gap);
    expect([left.size, right]).toEqual([1, 0]);
    expectClose(
      allowed,
      tau.map((each, k) => Math.hypot(1, each + tauError[k]!) - 1 + (2 * stepError[k]!) / reached[k]!),
    );
  }
});

/** A network's gradients, which also depend on the batch and ε, and are numbers without errors. */
function exactNetwork() {
  const force = (w: ArrayLike<number>, epsilon: number, image: number) =>
    Array.from(w, (each, i) => Math.sin(i * i + image) + each * each + epsilon);
  const lossAndGradients = async (
    { epsilon }: { epsilon: number },
    params: Variables,
    { images }: { images: Judged },
  ) => {
    const image = images.value[0]!;
    const gradients = Object.entries(params).map(([path, { value, shape }]) => [
      path,
      known({ data: force(value, epsilon, image), shape }),
    ]);
    const loss = known({
      data: [params.conv1!.value[0]! + params.head!.value[0]! + epsilon + image],
      shape: [],
    });
    return { loss, gradients: Object.fromEntries(gradients) as Variables };
  };
  return { force, lossAndGradients };
}

/** One variable's step of SGD. */
function stepOf(w: readonly number[], v: readonly number[], g: readonly number[], options: Step) {
  const { learningRate, weightDecay, momentum } = options;
  const next = v.map((each, i) => momentum * each + g[i]! + weightDecay * w[i]!);
  return { w: w.map((each, i) => each - learningRate * next[i]!), v: next };
}

const isKernel = (path: string) => path in kernels;
const times = (by: number, values: readonly number[]) => values.map((each) => by * each);

it('law 9 compares no velocity without momentum, where it may be anything', async () => {
  const { lossAndGradients } = exactNetwork();
  const sample = draw('scaledNetwork', { ...trained, momentum: 0, a: 4 });
  const { sgdStep } = sgd();
  const anything = async (...given: Parameters<typeof sgdStep>) => ({
    ...(await sgdStep(...given)),
    velocity: given[0].params,
  });
  const operations = { lossAndGradients, sgdStep: anything } as never;
  const sides = await trajectoryScaling.sides(operations, sample);
  const losses = [1, 2, 3].map((step) => `loss of step ${step}`);
  expect(Object.keys(sides).sort()).toEqual([...Object.keys(sample.params), ...losses].sort());
});

it('law 9 compares a run with that of aW, at a²η, λ/a² and a²ε for the kernels alone', async () => {
  const { force, lossAndGradients } = exactNetwork();
  const { learningRate, weightDecay, momentum } = trained;
  const plainStep = { learningRate, weightDecay, momentum };
  const network = { ...trained.network, epsilon: 0.375 };
  const a = 4;
  const sample = draw('scaledNetwork', { ...trained, network, a });
  const operations = { lossAndGradients, sgdStep: sgd().sgdStep } as never;
  const sides = (await trajectoryScaling.sides(operations, sample)) as Record<string, [Judged, Judged]>;
  const image = (step: number) => sample.batch(step).images.value[0]!;

  const paths = Object.keys(sample.params);
  expect(Object.keys(sides).sort()).toEqual(
    [
      ...paths,
      ...paths.map((path) => `velocity of ${path}`),
      ...[1, 2, 3].map((step) => `loss of step ${step}`),
    ].sort(),
  );
  const first: Record<string, number[]> = {};
  for (const path of paths) {
    const start = Array.from(sample.params[path]!.value);
    first[path] = start;
    let plain = { w: start, v: start.map(() => 0) };
    let scaled = { w: isKernel(path) ? times(a, start) : start, v: plain.v };
    const scaledStep = isKernel(path)
      ? { learningRate: a * a * learningRate, weightDecay: weightDecay / a / a, momentum }
      : plainStep;
    for (let step = 0; step < 3; step++) {
      plain = stepOf(plain.w, plain.v, force(plain.w, 0.375, image(step)), plainStep);
      scaled = stepOf(scaled.w, scaled.v, force(scaled.w, 0.375 * a * a, image(step)), scaledStep);
    }
    const [params, velocity] = [sides[path]!, sides[`velocity of ${path}`]!];
    expectClose(params[0].value, scaled.w);
    expectClose(params[1].value, isKernel(path) ? times(a, plain.w) : plain.w);
    expectClose(velocity[0].value, scaled.v);
    expectClose(velocity[1].value, isKernel(path) ? times(1 / a, plain.v) : plain.v);
  }
  const [scaledLoss, loss] = sides['loss of step 1']!;
  expectClose(loss.value, [first.conv1![0]! + first.head![0]! + 0.375 + image(0)]);
  expectClose(scaledLoss.value, [a * first.conv1![0]! + first.head![0]! + 0.375 * a * a + image(0)]);
});

it.each([
  [0.5, 0.25],
  // The double root, ηλ = (1 − √m)².
  [0.25, 0.25],
  // Without momentum, α = 1 − ηλ.
  [0.5, 0],
])(
  'law 14 maps every step to one without L2, at the rate η·α^(−2t−1) (λ = %d, m = %d)',
  async (weightDecay, momentum) => {
    const { force, lossAndGradients } = exactNetwork();
    const learningRate = weightDecay === 0.25 ? 1 : 0.25;
    const sample = draw('network', { ...trained, learningRate, weightDecay, momentum });
    const operations = { lossAndGradients, sgdStep: sgd().sgdStep } as never;
    const sides = (await decayAsSchedule.sides(operations, sample)) as Record<string, [Judged, Judged]>;
    const middle = 1 + momentum - learningRate * weightDecay;
    const alpha = middle / 2 + Math.sqrt(middle ** 2 / 4 - momentum);
    for (const path of Object.keys(kernels)) {
      let state = { w: Array.from(sample.params[path]!.value), v: Array.from(sample.atRest[path]!.value) };
      for (const t of [0, 1]) {
        const image = sample.batch(t).images.value[0]!;
        // X = α^(−t)·W, and ṽ = αᵗv − α^(t−1)(1 − α)W/η
        const x = times(alpha ** -t, state.w);
        const moving = state.v.map(
          (each, i) => alpha ** t * each - (alpha ** (t - 1) * (1 - alpha) * state.w[i]!) / learningRate,
        );
        const rate = learningRate / alpha ** (2 * t + 1);
        const expected = stepOf(x, moving, force(x, 0, image), {
          learningRate: rate,
          weightDecay: 0,
          momentum,
        });
        state = stepOf(state.w, state.v, force(state.w, 0, image), { learningRate, weightDecay, momentum });
        const [left, right] = sides[`${path} after step ${t + 1}`]!;
        expectClose(left.value, expected.w, 9);
        expectClose(right.value, times(1 / alpha ** (t + 1), state.w), 9);
      }
    }
  },
);
