import { type Case, interleave, type Timing } from '../interleave.js';
import type { Peer } from '../peers/peerProcess.js';
import { type Row, rateRow, timeRow } from '../row.js';
import type { StepWorkload } from '../workload.js';
import {
  type Benchmark,
  type Context,
  compareTimings,
  labelOf,
  noPytorchRow,
  type Shown,
  threadsText,
} from './benchmark.js';

/**
 * Compares a training step of ALL-CNN at full and a quarter of the width with PyTorch and stock tfjs; with constant
 * batch norm, which stock tfjs cannot train, with PyTorch; and with one image, since more take seconds, with tfjs in
 * JavaScript.
 */
export const trainingStep: Benchmark = async (context) => {
  const { peers } = context;
  const step = (width: number, norm: StepWorkload['norm'], batch = 32): StepWorkload => {
    return { kind: 'step', width, batch, norm };
  };
  const stock = [peers.stockWasm, peers.composedWasm];
  const rows = [
    ...(await rowsOf(context, 'ALL-CNN, batch 32', step(1, 'bn'), stock)),
    ...(await rowsOf(context, 'ALL-CNN with CBN, batch 32', step(1, 'cbn-lconv-nobn'), [])),
    ...(await rowsOf(context, 'ALL-CNN at width 0.25, batch 32', step(0.25, 'bn'), stock)),
    ...(await rowsOf(context, 'ALL-CNN at width 0.25, batch 1', step(0.25, 'bn', 1), [peers.stockCpu])),
  ];
  return [{ title: 'Training step', rows }];
};

async function rowsOf(
  { peers, threadCounts, ...options }: Context,
  name: string,
  workload: StepWorkload,
  stock: readonly Peer[],
): Promise<Row[]> {
  const ours = threadCounts.map((threads) => peers.ours.get(threads)!);
  const torch = threadCounts.flatMap((threads) => peers.pytorch?.get(threads) ?? []);
  const participants = [...ours, ...torch, ...stock];
  const timings = await interleave(
    participants.map((peer): Case => ({ peer, workload })),
    options,
  );
  const { batch } = workload;
  const images: Shown = { unit: 'images/s', figure: (seconds) => batch / seconds };
  const timingOf = (peer: Peer): Timing => timings[participants.indexOf(peer)]!;
  return [
    ...ours.flatMap((each) => {
      const rowName = `${name}, ${threadsText(each.threads)}`;
      const others = participants
        .filter((peer) => peer.name !== each.name && (peer.threads === each.threads || stock.includes(peer)))
        .map((peer) => ({ peerName: labelOf(peer), timing: timingOf(peer) }));
      return [
        ...compareTimings(rowName, timingOf(each), others, images),
        ...(peers.pytorch === undefined ? [noPytorchRow(rowName, timingOf(each), images)] : []),
      ];
    }),
    ...threadRows(name, ours, timingOf, images),
    // A heap never shrinks: after the widest network, the peaks of the others cannot be measured.
    ...(workload.width === 1 ? heapRows(name, timingOf(ours[0]!), timingOf(peers.composedWasm)) : []),
  ];
}

/** Compares our times with several threads and with one. */
function threadRows(
  name: string,
  ours: readonly Peer[],
  timingOf: (peer: Peer) => Timing,
  images: Shown,
): Row[] {
  const one = timingOf(ours[0]!);
  return ours.slice(1).flatMap((peer) => {
    const many = timingOf(peer);
    if ('error' in one || 'error' in many) return [];
    return rateRow({
      name: `${name}, ${threadsText(peer.threads)}`,
      ours: images.figure(many.seconds),
      peer: images.figure(one.seconds),
      peerName: 'normlab, 1 thread',
      unit: images.unit,
      n: many.n,
      spread: Math.max(one.spread, many.spread),
    });
  });
}

/** Size of the wasm heap after the runs. */
function heapRows(name: string, ours: Timing, stock: Timing | undefined): Row[] {
  if (stock === undefined || 'error' in ours || 'error' in stock) return [];
  const mebibytes = ({ heapBytes }: { heapBytes: number }) => heapBytes / 2 ** 20;
  return [
    timeRow({
      name: `${name}, 1 thread: wasm heap`,
      ours: mebibytes(ours),
      peer: mebibytes(stock),
      peerName: 'tfjs wasm + composed gradients',
      unit: 'MiB',
      n: ours.n,
    }),
  ];
}
