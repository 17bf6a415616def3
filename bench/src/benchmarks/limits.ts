import { interleave } from '../interleave.js';
import { missingRow, type Row, rateRow, timeRow } from '../row.js';
import {
  type CopyWorkload,
  type MatMulWorkload,
  type MultiplyAddWorkload,
  multiplyAddFlops,
} from '../workload.js';
import { type Context, threadsText } from './benchmark.js';

/** The machine's maximum rates with some threads: the two limits of every kernel. */
export type Limits = {
  /** Floating-point operations of 128-bit fused multiply-adds, the widest in WebAssembly. */
  readonly flopsPerSecond: number;
  /** Bytes read and written by copies. */
  readonly bytesPerSecond: number;
};

// Each buffer is larger than the caches of a core; all four together are about as large as the memory of a training
// step.
const copy: CopyWorkload = { kind: 'copy', floats: 2 ** 24, tensors: 4 };
const multiplyAdd: MultiplyAddWorkload = { kind: 'multiply-add', rounds: 2 ** 22 };
const matMul: MatMulWorkload = { kind: 'matmul', size: 1024 };

/**
 * Measures the limits per number of threads, and compares them with the best native code on this machine. Each is the
 * fastest run, not the median: nothing can exceed a limit.
 */
export async function measureLimits({
  peers,
  threadCounts,
  ...options
}: Context): Promise<{ limits: ReadonlyMap<number, Limits>; rows: Row[] }> {
  const limits = new Map<number, Limits>();
  const rows: Row[] = [];
  for (const threads of threadCounts) {
    const machine = peers.machine.get(threads)!;
    const torch = peers.pytorch?.get(threads);
    const cases = [
      { peer: machine, workload: multiplyAdd },
      { peer: machine, workload: copy },
      ...(torch === undefined ? [] : [{ peer: torch, workload: matMul }]),
    ];
    const [adds, copies, products] = await interleave(cases, options);
    if (adds === undefined || copies === undefined) continue;
    if ('error' in adds || 'error' in copies) continue;
    const flopsPerSecond = multiplyAddFlops(multiplyAdd, threads) / adds.least;
    const bytesPerSecond = (2 * 4 * copy.floats * copy.tensors) / copies.least;
    limits.set(threads, { flopsPerSecond, bytesPerSecond });
    rows.push(productRow(threads, flopsPerSecond, products, adds.n), ...threadRows(threads, limits, adds.n));
  }
  return { limits, rows };
}

function productRow(
  threads: number,
  flopsPerSecond: number,
  products: Awaited<ReturnType<typeof interleave>>[number] | undefined,
  n: number,
): Row {
  const name = `arithmetic: 128-bit multiply-add in registers, ${threadsText(threads)}`;
  const ours = flopsPerSecond / 1e9;
  const peerName = `native: torch.mm of ${matMul.size}²`;
  if (products === undefined || 'error' in products) {
    return missingRow(
      { name, ours, peerName, unit: 'GFLOP/s', n },
      'skipped: no Python with torch was found',
    );
  }
  const peer = (2 * matMul.size ** 3) / products.least / 1e9;
  return rateRow({ name, ours, peer, peerName, unit: 'GFLOP/s', n });
}

function threadRows(threads: number, limits: ReadonlyMap<number, Limits>, n: number): Row[] {
  const one = limits.get(1);
  const these = limits.get(threads);
  if (one === undefined || these === undefined) return [];
  return [
    rateRow({
      name: `memory: bytes read and written by memcpy, ${threadsText(threads)}`,
      ours: these.bytesPerSecond / 1e9,
      peer: one.bytesPerSecond / 1e9,
      peerName: '1 thread',
      unit: 'GB/s',
      n,
    }),
  ];
}

/** A kernel's time compared with the two minimum times that its operations and its bytes allow. */
export function limitRows(
  name: string,
  { seconds, n, spread }: { readonly seconds: number; readonly n: number; readonly spread: number },
  { flops, bytes }: { readonly flops: number; readonly bytes: number },
  { flopsPerSecond, bytesPerSecond }: Limits,
): Row[] {
  const row = (peerName: string, least: number) =>
    timeRow({ name, ours: seconds * 1e3, peer: least * 1e3, peerName, unit: 'ms', n, spread });
  return [row('arithmetic limit', flops / flopsPerSecond), row('memory limit', bytes / bytesPerSecond)];
}
