import { interleave } from '../interleave.js';
import type { Row } from '../row.js';
import type { CopyWorkload, StandardizeWorkload } from '../workload.js';
import {
  type Benchmark,
  compareTimings,
  labelOf,
  noPytorchRow,
  type Shown,
  threadsText,
} from './benchmark.js';
import { type Limits, limitRows } from './limits.js';

const shape = [32, 24, 24, 96] as const;
const floats = shape.reduce((all, each) => all * each, 1);
const workload: StandardizeWorkload = { kind: 'standardize', shape };
/** x, y; dy, y, dx: the tensors that forward and backward must read and write if each is a single pass. */
const tensorsMoved = 5;
const copies: CopyWorkload = { kind: 'copy', floats, tensors: tensorsMoved };
/** Float operations per element: shift, two sums, subtract, scale; two sums of products, and three for dx. */
const flopsPerElement = 14;

const milliseconds: Shown = { unit: 'ms', figure: (seconds) => seconds * 1e3 };

/** Compares `standardize` forward and backward with stock tfjs, PyTorch, and copies of the tensors that must move. */
export function standardizing(limits: ReadonlyMap<number, Limits>): Benchmark {
  return async ({ peers, threadCounts, ...options }) => {
    const rows: Row[] = [];
    const kernelRows: Row[] = [];
    for (const threads of threadCounts) {
      const ours = peers.ours.get(threads)!;
      const torch = peers.pytorch?.get(threads);
      const stock = threads === 1 ? [peers.stockWasm, peers.stockCpu] : [peers.stockWasm];
      const others = [...(torch === undefined ? [] : [torch]), ...stock];
      const machine = peers.machine.get(threads)!;
      const [own, copied, ...timings] = await interleave(
        [
          { peer: ours, workload },
          { peer: machine, workload: copies },
          ...others.map((peer) => ({ peer, workload })),
        ],
        options,
      );
      const name = `standardize forward + backward [${shape}], ${threadsText(threads)}`;
      const compared = others.map((peer, index) => ({ peerName: labelOf(peer), timing: timings[index]! }));
      const copyName = `${tensorsMoved} tensors copied, ${threadsText(threads)}`;
      rows.push(
        ...compareTimings(name, own!, [...compared, { peerName: copyName, timing: copied! }], milliseconds),
        ...(torch === undefined ? [noPytorchRow(name, own!, milliseconds)] : []),
      );
      const limit = limits.get(threads);
      if (own === undefined || 'error' in own || limit === undefined) continue;
      const cost = { flops: flopsPerElement * floats, bytes: 4 * tensorsMoved * floats };
      kernelRows.push(...limitRows(name, own, cost, limit));
    }
    return [
      { title: 'Standardizing', rows },
      { title: 'Standardizing beside its limits', rows: kernelRows },
    ];
  };
}
