import { allCnn, summarize } from '@normlab/models';
import { interleave } from '../interleave.js';
import { type Row, timeRow } from '../row.js';
import { fittedExponent } from '../statistics.js';
import type { StepWorkload } from '../workload.js';
import { type Benchmark, type Context, threadsText } from './benchmark.js';

const batchSizes = [8, 16, 32, 64, 128, 256];
const widths = [0.25, 0.5, 0.75, 1];

/** Step time as a function of the batch, at a quarter of the width, and of the MACs, at batch 16. */
export const scaling: Benchmark = async (context) => {
  const byBatch = batchSizes.map((batch) => ({ size: batch, workload: step(0.25, batch) }));
  const byWidth = widths.map((width) => ({ size: macs(width), workload: step(width, 16) }));
  const batchRows = await rowsOf(context, byBatch, ({ batch }) => `batch ${batch}, width 0.25`, 'batch');
  const widthRows = await rowsOf(context, byWidth, ({ width }) => `batch 16, width ${width}`, 'MACs');
  return [
    { title: 'Step time against batch', rows: batchRows },
    { title: 'Step time against multiply-accumulates', rows: widthRows },
  ];
};

/** Each time compared with the first time scaled in proportion, and the exponent of all times. */
async function rowsOf(
  { peers, threadCounts, ...options }: Context,
  points: readonly { readonly size: number; readonly workload: StepWorkload }[],
  nameOf: (workload: StepWorkload) => string,
  variable: string,
): Promise<Row[]> {
  const threads = Math.max(...threadCounts);
  const peer = peers.ours.get(threads)!;
  const timings = await interleave(
    points.map(({ workload }) => ({ peer, workload })),
    options,
  );
  const measured = timings.flatMap((timing, index) =>
    'error' in timing ? [] : [{ ...points[index]!, ...timing }],
  );
  const first = measured[0];
  if (first === undefined || measured.length < 2) return [];
  const rows = measured.map(({ size, workload, seconds, n, spread }) =>
    timeRow({
      name: `step, ${nameOf(workload)}, ${threadsText(threads)}`,
      ours: seconds * 1e3,
      peer: (first.seconds * size * 1e3) / first.size,
      peerName: `in proportion to ${nameOf(first.workload)}`,
      unit: 'ms',
      n,
      spread: Math.max(spread, first.spread),
    }),
  );
  const exponent = fittedExponent(measured.map(({ size, seconds }) => [size, seconds]));
  const name = `exponent e of step time ∝ ${variable}^e, ${threadsText(threads)}`;
  const compared = { name, ours: exponent, peer: 1, peerName: 'in proportion', unit: '', n: first.n };
  return [...rows, { ...compared, ratio: exponent }];
}

function step(width: number, batch: number): StepWorkload {
  return { kind: 'step', width, batch, norm: 'bn' };
}

function macs(width: number): number {
  return summarize(allCnn({ width })).reduce((sum, row) => sum + row.macs, 0);
}
