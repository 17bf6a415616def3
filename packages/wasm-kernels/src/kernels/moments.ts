import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { pairSumsJob, type ReductionView, sampleJob } from './reductionView.js';

/** Tables that {@link runMoments} fills besides the results. */
export const momentTables = ['shifts', 'rests', 'inverses'] as const;

/** Addresses of the values, of the sums and tables, and of the results: means and biased variances. */
export type MomentAddresses = Readonly<
  Record<(typeof momentTables)[number] | 'source' | 'sums' | 'means' | 'variances', number>
>;

/**
 * Mean and variance of each reduction, and the coefficients of standardizing: x ↦ ((x − shift) − rest)·inverse.
 *
 * A value near the mean is subtracted from x first, so that the variance stays accurate if the mean is far from 0.
 * Where the value turns out to be far from the mean, `moments_finish` computes the sums again.
 */
export function runMoments(
  runtime: KernelRuntime,
  view: ReductionView,
  { source, sums, shifts, rests, inverses, means, variances }: MomentAddresses,
  epsilon: number,
): void {
  const { length } = view;
  runtime.run(sampleJob(view, source, shifts));
  const pairSums = pairSumsJob(view, { x: source, y: 0, shifts, sums });
  runtime.run(pairSums);
  runtime.run({
    kernel: 'moments_finish',
    job: {
      shifts,
      rests,
      inverses,
      means,
      variances,
      length,
      epsilon,
      tasks: pairSums.tasks,
      pairSums: [pairSums.job],
    },
    tasks: 1,
  });
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
