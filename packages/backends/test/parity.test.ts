import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { allCnn, buildModel, type ModelSpec } from '@normlab/models';
import { constant, crossEntropy, disposeState, initState, sgd, trainStep } from '@normlab/train';
import { beforeAll, describe, expect, it } from 'vitest';
import { unavailable } from './support/backends.js';
import {
  type KernelChange,
  roundingNoise,
  scaledResults,
  withChangedKernels,
} from './support/changedKernels.js';
import { normals } from './support/tensors.js';

const steps = 20;
const [batch, size] = [4, 8];

/**
 * Constant batch norm, and batch norm behind the last convolution. Five and ten channels: the fast 3×3 convolutions of
 * wasm, which want fours, round otherwise than the sums that the bound is derived for, and have tests of their own.
 */
const spec = allCnn({ width: 5 / 96, norm: 'cbn-lconv-bn', input: [size, size, 3] });
const rule = { learningRate: 0.01, momentum: 0.9, l2: 0.01 };

/**
 * Two runs differ by their roundings alone, each a variable δ of at most the size that its operation allows
 * (`localErrors.ts`): to first order their losses of step t differ by D = Σ ∂Lₜ/∂r·δ. How far roundings reach, through
 * layers and steps, has no upper bound of any use, as worst cases multiply; so it is measured. Runs in which every
 * kernel is off by its full size, up or down at random, differ from the plain one by Σ ±(∂Lₜ/∂r)δmax, whose mean square
 * over some of them is an estimate of σₜ² = Σ (∂Lₜ/∂r)²δmax². If roundings are independent and of mean zero,
 * Hoeffding's inequality says P(|D| > kσₜ) ≤ 2·exp(−k²/2): 3·10⁻⁸ at k = 6. There are two sides, this backend and cpu.
 * σₜ is the largest up to t, since the few samples of one step may all be small. Beyond first order are ReLU's kinks:
 * the runs with noise, whose errors are larger than real ones, cross more of them.
 */
const sides = 2;
const deviations = 6;
const noiseSeeds = [1, 2, 3, 4];

describe(`the losses of ${steps} training steps of narrow ALL-CNN, from the same seed`, () => {
  let reference: number[];
  let bounds: number[];
  beforeAll(async () => {
    reference = await train('cpu');
    const noisy: number[][] = [];
    for (const seed of noiseSeeds) noisy.push(await train('cpu', { change: roundingNoise(seed) }));
    let sigma = 0;
    bounds = reference.map((loss, step) => {
      const squares = noisy.map((losses) => (losses[step]! - loss) ** 2);
      sigma = Math.max(sigma, Math.sqrt(squares.reduce((a, b) => a + b) / squares.length));
      return sides * deviations * sigma;
    });
  }, 300_000);

  /** The largest |loss − reference| / bound. */
  const worst = (losses: readonly number[]) =>
    Math.max(...losses.map((loss, step) => Math.abs(loss - reference[step]!) / bounds[step]!));

  it('the bound says something: a ten-thousandth of the loss at first, a tenth in the end', () => {
    expect(bounds[0]! / reference[0]!).toBeLessThan(1e-4);
    expect(bounds[steps - 1]! / reference[steps - 1]!).toBeLessThan(0.1);
  });

  const wasm = unavailable('wasm');
  it.skipIf(wasm !== undefined).each(['plain', 'relaxed'] as const)(
    `wasm, %s kernels = cpu, and the same bits on 1 and 2 threads${skippedFor(wasm)}`,
    async (build) => {
      const losses = await train('wasm', { options: { build, threads: 1 } });
      expect(worst(losses)).toBeLessThanOrEqual(1);
      expect(await train('wasm', { options: { build, threads: 2 } })).toEqual(losses);
    },
  );

  for (const name of ['webgpu', 'tensorflow'] as const) {
    const reason = unavailable(name);
    it.skipIf(reason !== undefined)(`${name} = cpu${skippedFor(reason)}`, async () => {
      expect(worst(await train(name))).toBeLessThanOrEqual(1);
    });
  }

  // What the bound is worth: it rejects trainings that are wrong by little.
  it.each<[string, Change]>([
    ['no L2', { rule: { ...rule, l2: 0 } }],
    ['momentum 0.89 for 0.9', { rule: { ...rule, momentum: 0.89 } }],
    ['ε = 10⁻⁴ for 10⁻⁵', { network: withEpsilon(1e-4) }],
    [
      'kernel gradients of convolutions 0.1 % too large',
      { change: scaledResults('Conv2DBackpropFilter', 1.001) },
    ],
  ])('%s ≠ cpu', async (_, change) => {
    expect(worst(await train('cpu', change))).toBeGreaterThan(10);
  });
});

type Change = {
  readonly options?: OpenBackendOptions;
  readonly network?: ModelSpec;
  readonly rule?: typeof rule;
  /** Of kernels of the cpu backend. */
  readonly change?: KernelChange;
};

/** The losses of a training on a backend. */
async function train(name: BackendName, { options, change, ...training }: Change = {}): Promise<number[]> {
  const backend = await openBackend(name, options);
  try {
    const run = () => lossesOf(training);
    return await (change === undefined ? run() : withChangedKernels(change, run));
  } finally {
    await backend.close();
  }
}

async function lossesOf({
  network = spec,
  rule: { learningRate, ...others } = rule,
}: Pick<Change, 'network' | 'rule'>): Promise<number[]> {
  const model = buildModel(network);
  const optimizer = sgd({ learningRate: constant(learningRate), ...others });
  const step = trainStep(model, optimizer, crossEntropy, { seed: 1 });
  let state = initState(model, optimizer, 1);
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const images = normals(100 + i, batch, size, size, 3).data;
    const labels = Int32Array.from({ length: batch }, (_, image) => (7 * i + 3 * image) % 10);
    const next = await step(state, { images, labels, shape: [batch, size, size, 3] });
    disposeState(state, next.state);
    state = next.state;
    losses.push(next.loss);
  }
  disposeState(state);
  return losses;
}

function withEpsilon(epsilon: number): ModelSpec {
  const layers = spec.layers.map((layer) => (layer.type === 'norm' ? { ...layer, epsilon } : layer));
  return { ...spec, layers };
}

function skippedFor(reason: string | undefined): string {
  return reason === undefined ? '' : `, SKIPPED: ${reason}`;
}
