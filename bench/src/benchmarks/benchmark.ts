import type { InterleaveOptions, Timing } from '../interleave.js';
import type { Peers } from '../peers/openPeers.js';
import type { Peer } from '../peers/peerProcess.js';
import { missingRow, type Row, type Section } from '../row.js';

/** The input of every benchmark. */
export type Context = InterleaveOptions & {
  readonly peers: Peers;
  readonly python: string | undefined;
  /** Numbers of threads to compare: 1, and 2 if there are two cores. */
  readonly threadCounts: readonly number[];
};

/** A named group of measurements. */
export type Benchmark = (context: Context) => Promise<Section[]>;

/** `PyTorch, 2 threads` */
export function labelOf({ name, threads }: Peer): string {
  return `${name}, ${threadsText(threads)}`;
}

export function threadsText(threads: number): string {
  return threads === 1 ? '1 thread' : `${threads} threads`;
}

/** How a row shows a time: converts seconds to a figure with a unit. */
export type Shown = {
  readonly unit: string;
  readonly figure: (seconds: number) => number;
};

/** Rows that compare our timing with others; ratio = how many times as fast ours is. */
export function compareTimings(
  name: string,
  ours: Timing,
  others: readonly { readonly peerName: string; readonly timing: Timing }[],
  { unit, figure }: Shown,
): Row[] {
  return others.map(({ peerName, timing }) => {
    if ('error' in ours) return missingRow({ name, ours: null, peerName, unit, n: 0 }, ours.error);
    if ('error' in timing) {
      const row = { name, ours: figure(ours.seconds), peerName, unit, n: ours.n };
      return missingRow(row, `cannot run: ${timing.error}`);
    }
    const n = Math.min(ours.n, timing.n);
    const row = { name, ours: figure(ours.seconds), peer: figure(timing.seconds), peerName, unit, n };
    return { ...row, ratio: timing.seconds / ours.seconds, spread: Math.max(ours.spread, timing.spread) };
  });
}

/** The row that says that PyTorch is missing. */
export function noPytorchRow(name: string, ours: Timing, { unit, figure }: Shown): Row {
  const own = 'error' in ours ? null : figure(ours.seconds);
  const n = 'error' in ours ? 0 : ours.n;
  return missingRow(
    { name, ours: own, peerName: 'PyTorch', unit, n },
    'skipped: no Python with torch was found',
  );
}
