import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { pairSumsJob, type ReductionView, sampleJob } from './reductionView.js';

/** Tables that {@link runMoments} fills besides the results. */
export const momentTables = ['shifts', 'rests', 'inverses', 'poorCount'] as const;

/** Addresses of the values, of the sums and tables, and of the results: means and biased variances. */
export type MomentAddresses = Readonly<
  Record<(typeof momentTables)[number] | 'source' | 'sums' | 'means' | 'variances', number>
>;

/** Further rounds, in which a shift far from the mean is replaced by the computed mean. */
const mostCorrections = 2;

/**
 * Mean and variance of each reduction, and the coefficients of standardizing: x ↦ ((x − shift) − rest)·inverse.
 *
 * A value near the mean is subtracted from x first, so that the variance stays accurate if the mean is far from 0.
 */
export function runMoments(
  runtime: KernelRuntime,
  view: ReductionView,
  { source, sums, shifts, rests, inverses, poorCount, means, variances }: MomentAddresses,
  epsilon: number,
): void {
  const { stats, chunks, length } = view;
  runtime.run(sampleJob(view, source, shifts));
  for (let round = 0; round <= mostCorrections; round++) {
    runtime.run(pairSumsJob(view, { x: source, y: 0, shifts, sums }));
    runtime.run({
      kernel: 'moments_finish',
      job: { sums, shifts, rests, inverses, means, variances, stats, chunks, length, epsilon, poorCount },
      tasks: 1,
    });
    if (runtime.heap.readWord(poorCount) === 0) return;
  }
}

/** Writes ((source − shift) − rest − y·slope)·inverse to the target; without y the slopes are ignored. */
export function runApply(
  runtime: KernelRuntime,
  view: ReductionView,
  {
    source,
    y = 0,
    target,
    shifts,
    rests,
    slopes = 0,
    inverses,
  }: Record<'source' | 'target' | 'shifts' | 'rests' | 'inverses', number> & { y?: number; slopes?: number },
): void {
  const { batch, rows, channels, inner, chunkRows, chunks, batchStep, tasks } = view;
  runtime.run({
    kernel: 'standardize_apply',
    job: {
      source,
      y,
      target,
      shifts,
      rests,
      slopes,
      inverses,
      batch,
      rows,
      channels,
      inner,
      chunkRows,
      chunks,
      batchStep,
    },
    tasks,
  });
}
