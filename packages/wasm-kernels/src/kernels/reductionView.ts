import type { Job } from '../runtime/kernelRuntime.js';

/** Floats per task: enough that its start costs nothing, few enough to divide the work. */
const taskFloats = 32_768;
/** Rows that are added in float32 before the sums are added in float64, as in `assembly/sums.ts`. */
const blockRows = 32;
/** The largest length of a line, so that one long reduction still gives several tasks. */
const longestLine = 1024;

/** A tensor as [B, M, C, L], reduced over M and L, and divided into tasks only by its shape. */
export type ReductionView = {
  readonly batch: number;
  readonly rows: number;
  readonly channels: number;
  readonly inner: number;
  readonly chunkRows: number;
  readonly chunks: number;
  readonly batchStep: number;
  readonly tasks: number;
  /** Results of the reduction, B·C, and terms of each, M·L. */
  readonly stats: number;
  readonly length: number;
};

/**
 * A tensor's shape as [B, M, C, L], or undefined if reduced and kept axes alternate more often.
 */
export function reductionView(shape: readonly number[], axes: readonly number[]): ReductionView | undefined {
  const pattern = mergedPattern(shape, axes);
  if (pattern === undefined || shape.some((size) => size === 0)) return undefined;
  return cutIntoTasks(pattern);
}

/** A tensor [M, C], reduced over M. */
export function columnView(rows: number, channels: number): ReductionView {
  return cutIntoTasks({ batch: 1, rows, channels, inner: 1 });
}

function cutIntoTasks({ batch, rows, channels, inner }: Pattern): ReductionView {
  const rowFloats = channels * inner;
  const chunkRows = Math.max(1, Math.floor(taskFloats / rowFloats / blockRows)) * blockRows;
  const chunks = Math.ceil(rows / chunkRows);
  const batchStep = chunks > 1 ? 1 : Math.max(1, Math.floor(taskFloats / (rows * rowFloats)));
  return {
    batch,
    rows,
    channels,
    inner,
    chunkRows,
    chunks,
    batchStep,
    tasks: chunks * Math.ceil(batch / batchStep),
    stats: batch * channels,
    length: rows * inner,
  };
}

/** Bytes of the sums that {@link pairSumsJob} writes. */
export function pairBytes({ chunks, stats }: ReductionView): number {
  return 16 * chunks * stats;
}

/** The sums of x − shift and of (x − shift)², or of (x − shift)·y if y is not 0. */
export function pairSumsJob(
  view: ReductionView,
  { x, y, shifts, sums }: { x: number; y: number; shifts: number; sums: number },
): Extract<Job, { kernel: 'pair_sums' }> {
  const { batch, rows, channels, inner, chunkRows, chunks, batchStep, tasks } = view;
  return {
    kernel: 'pair_sums',
    job: { x, y, shifts, sums, batch, rows, channels, inner, chunkRows, chunks, batchStep },
    tasks,
  };
}

/** Writes a value near the mean of each reduction of x to the table of shifts. */
export function sampleJob({ batch, rows, channels, inner }: ReductionView, x: number, shifts: number): Job {
  return { kernel: 'pair_sums_sample', job: { x, shifts, rows, channels, inner }, tasks: batch };
}

type Pattern = Pick<ReductionView, 'batch' | 'rows' | 'channels' | 'inner'>;

function mergedPattern(shape: readonly number[], axes: readonly number[]): Pattern | undefined {
  const segments: { size: number; isReduced: boolean }[] = [];
  shape.forEach((size, axis) => {
    const isReduced = axes.includes(axis);
    const last = segments.at(-1);
    if (size === 1) return;
    if (last?.isReduced === isReduced) last.size *= size;
    else segments.push({ size, isReduced });
  });
  // From the end: L, C, M, B, each 1 if the pattern lacks it.
  const take = (isReduced: boolean) => {
    const last = segments.at(-1);
    if (last === undefined || last.isReduced !== isReduced) return 1;
    segments.pop();
    return last.size;
  };
  const inner = take(true);
  const channels = take(false);
  const rows = take(true);
  const batch = take(false);
  if (segments.length > 0) return undefined;
  // [K R] became C, L: the lines of a batch. A long line is divided into rows of equal length.
  if (rows === 1 && batch === 1 && inner > 1) return { batch: channels, channels: 1, ...cutLine(inner) };
  return { batch, rows, channels, inner };
}

function cutLine(length: number): { rows: number; inner: number } {
  let inner = Math.min(length, longestLine);
  while (length % inner !== 0) inner--;
  // A length without a suitable divisor is not divided: short lines are slow.
  return inner < 16 ? { rows: 1, inner: length } : { rows: length / inner, inner };
}
