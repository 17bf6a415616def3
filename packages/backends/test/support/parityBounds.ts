import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { type KernelChange, roundingNoise, withChangedKernels } from './changedKernels.js';
import { lossesOf, type Training } from './training.js';

const sides = 2;
const deviations = 6;
const noiseSeeds = [1, 2, 3, 4];

/** The losses of cpu, and how far those of another backend may be from them. */
export type ParityBounds = {
  readonly reference: readonly number[];
  readonly bounds: readonly number[];
  /** The largest |loss − reference| / bound. */
  worst(losses: readonly number[]): number;
};

/**
 * Bounds for the losses of the same training on two backends.
 *
 * Two runs differ by their roundings alone, each a variable δ of at most the size that its operation allows
 * (`localErrors.ts`): to first order their losses of step t differ by D = Σ ∂Lₜ/∂r·δ. How far roundings reach, through
 * layers and steps, has no upper bound of any use, as worst cases multiply; so it is measured. Runs in which every
 * kernel is off by its full size, up or down at random, differ from the plain one by Σ ±(∂Lₜ/∂r)δmax, whose mean square
 * over some of them is an estimate of σₜ² = Σ (∂Lₜ/∂r)²δmax². If roundings are independent and of mean zero,
 * Hoeffding's inequality says P(|D| > kσₜ) ≤ 2·exp(−k²/2): 3·10⁻⁸ at k = 6. There are two sides, this backend and cpu.
 * σₜ is the largest up to t, since the few samples of one step may all be small. Beyond first order are ReLU's kinks:
 * the runs with noise, whose errors are larger than real ones, cross more of them.
 */
export async function parityBounds(): Promise<ParityBounds> {
  const reference = await train('cpu');
  const noisy: number[][] = [];
  for (const seed of noiseSeeds) noisy.push(await train('cpu', { change: roundingNoise(seed) }));
  let sigma = 0;
  const bounds = reference.map((loss, step) => {
    const squares = noisy.map((losses) => (losses[step]! - loss) ** 2);
    sigma = Math.max(sigma, Math.sqrt(squares.reduce((a, b) => a + b) / squares.length));
    return sides * deviations * sigma;
  });
  return {
    reference,
    bounds,
    worst: (losses) =>
      Math.max(...losses.map((loss, step) => Math.abs(loss - reference[step]!) / bounds[step]!)),
  };
}

export type Change = Training & {
  readonly options?: OpenBackendOptions;
  /** Of kernels of the cpu backend. */
  readonly change?: KernelChange;
};

/** The losses of a training on a backend. */
export async function train(
  name: BackendName,
  { options, change, ...training }: Change = {},
): Promise<number[]> {
  const backend = await openBackend(name, options);
  try {
    const run = () => lossesOf(training);
    return await (change === undefined ? run() : withChangedKernels(change, run));
  } finally {
    await backend.close();
  }
}
