import { type BackendName, type OpenBackendOptions, openBackend } from '@normlab/backends';
import { type KernelChange, roundingNoise, withChangedKernels } from './changedKernels.js';
import { lossesOf, type Training } from './training.js';

const sides = 2;
const deviations = 6;
const noiseSeeds = [1, 2, 3, 4, 5, 6, 7, 8, 9];
/** The median of |x| for a normal x of standard deviation 1. */
const normalMedian = 0.6745;

/** The losses on cpu, and bounds for the difference of those on another backend. */
export type ParityBounds = {
  readonly reference: readonly number[];
  readonly bounds: readonly number[];
  /** The largest |loss − reference| / bound. */
  worst(losses: readonly number[]): number;
};

/**
 * Bounds for the losses of the same training on two backends.
 *
 * Two runs differ only by their rounding errors δ, each at most as large as its operation allows (`localErrors.ts`). To
 * first order, their losses at step t differ by D = Σ ∂Lₜ/∂r·δ. An upper bound on how rounding errors grow through
 * layers and steps would be useless, since worst cases multiply, so the growth is measured. Runs in which every kernel
 * is off by its largest error, up or down at random, differ from the plain run by Σ ±(∂Lₜ/∂r)δmax, a sum of many small
 * independent terms: close to normal, so that σₜ² = Σ (∂Lₜ/∂r)²δmax² follows from the median of |D| over a few runs. If
 * rounding errors are independent and have mean zero, Hoeffding's inequality says P(|D| > kσₜ) ≤ 2·exp(−k²/2), which is
 * 3·10⁻⁸ at k = 6. The bound counts both sides, this backend and cpu. σₜ is the largest estimate up to t, since the few
 * samples of one step may all be small. The median, as a few runs in a hundred cross a kink of ReLU, which is beyond first
 * order: they differ ten thousand times more than the others, and one of them would make a mean square meaningless.
 */
export async function parityBounds(): Promise<ParityBounds> {
  const reference = await train('cpu');
  const noisy: number[][] = [];
  for (const seed of noiseSeeds) noisy.push(await train('cpu', { change: roundingNoise(seed) }));
  let sigma = 0;
  const bounds = reference.map((loss, step) => {
    const sizes = noisy.map((losses) => Math.abs(losses[step]! - loss)).sort((a, b) => a - b);
    sigma = Math.max(sigma, sizes[Math.floor(sizes.length / 2)]! / normalMedian);
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
