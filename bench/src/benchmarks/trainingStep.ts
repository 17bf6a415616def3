import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Case, interleave, type Timing } from '../interleave.js';
import type { Options } from '../options.js';
import { nodeCommand } from '../peers/openPeers.js';
import { type Peer, startPeer } from '../peers/peerProcess.js';
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
import { roundTrips, rowsByCaches } from './sharedCaches.js';

type OtherPeers = Pick<Options, 'tensorflow' | 'jaxJs' | 'nodes'>;
type Others = {
  readonly tensorflow: readonly Peer[];
  readonly nodes: readonly Peer[];
  readonly jaxJs: readonly Peer[];
};

/**
 * Compares a training step of ALL-CNN at full and a quarter of the width with PyTorch, TensorFlow and stock tfjs; with
 * constant batch norm, which stock tfjs cannot train, with PyTorch and TensorFlow; and with one image, since more take
 * seconds, with tfjs in JavaScript and with jax-js.
 */
export function trainingStep(wanted: OtherPeers): Benchmark {
  return async (context) => {
    const opened = await openOthers(wanted, context.threadCounts);
    try {
      return [{ title: 'Training step', rows: await rowsOfCases(context, opened) }];
    } finally {
      for (const peer of Object.values(opened).flat()) await peer.close();
    }
  };
}

/** Those that have to be asked for: on TensorFlow with every number of threads, the others with one. */
async function openOthers(
  { tensorflow, jaxJs, nodes }: OtherPeers,
  threadCounts: readonly number[],
): Promise<Others> {
  const onTensorflow: Peer[] = [];
  for (const threads of tensorflow === undefined ? [] : threadCounts) {
    // How the backend finds the package, and TensorFlow the number of its threads.
    const environment = {
      NODE_PATH: join(tensorflow!, 'node_modules'),
      TF_NUM_INTRAOP_THREADS: `${threads}`,
    };
    onTensorflow.push(
      await startPeer('TensorFlow', threads, nodeCommand('normlabPeer.js', 'tensorflow'), environment),
    );
  }
  const onNodes: Peer[] = [];
  for (const node of nodes) {
    const { stdout: version } = await promisify(execFile)(node, ['--version']);
    const [, ...program] = nodeCommand('normlabPeer.js', 'wasm', '1');
    onNodes.push(await startPeer(`normlab on Node ${version.trim().slice(1)}`, 1, [node, ...program]));
  }
  return {
    tensorflow: onTensorflow,
    nodes: onNodes,
    jaxJs: jaxJs === undefined ? [] : [await startPeer('jax-js', 1, nodeCommand('jaxPeer.js', jaxJs))],
  };
}

async function rowsOfCases(context: Context, { tensorflow, nodes, jaxJs }: Others): Promise<Row[]> {
  const { peers } = context;
  const step = (width: number, norm: StepWorkload['norm'], batch = 32): StepWorkload => {
    return { kind: 'step', width, batch, norm };
  };
  const stock = [peers.stockWasm, peers.composedWasm];
  const others = [...(peers.pytorch?.values() ?? []), ...tensorflow, ...nodes];
  const rows = (name: string, workload: StepWorkload, inJavaScript: readonly Peer[]) =>
    rowsOf(context, name, workload, others, inJavaScript);
  return [
    ...(await rows('ALL-CNN, batch 32', step(1, 'bn'), stock)),
    ...(await rows('ALL-CNN with CBN, batch 32', step(1, 'cbn-lconv-nobn'), [])),
    ...(await rows('ALL-CNN at width 0.25, batch 32', step(0.25, 'bn'), stock)),
    ...(await rows('ALL-CNN at width 0.25, batch 1', step(0.25, 'bn', 1), [peers.stockCpu, ...jaxJs])),
  ];
}

async function rowsOf(
  { peers, threadCounts, ...options }: Context,
  name: string,
  workload: StepWorkload,
  others: readonly Peer[],
  stock: readonly Peer[],
): Promise<Row[]> {
  const ours = threadCounts.map((threads) => peers.ours.get(threads)!);
  const participants = [...ours, ...others, ...stock];
  const pair = peers.machine.get(2);
  const between: Case[] = pair === undefined ? [] : [{ peer: pair, workload: roundTrips }];
  const measured = await interleave(
    [...between, ...participants.map((peer): Case => ({ peer, workload }))],
    options,
  );
  const timings = measured.slice(between.length);
  const trips = pair === undefined ? undefined : measured[0];
  const { batch } = workload;
  const images: Shown = { unit: 'images/s', figure: (seconds) => batch / seconds };
  const timingOf = (peer: Peer): Timing => timings[participants.indexOf(peer)]!;
  return [
    ...ours.flatMap((each) => {
      const rowName = `${name}, ${threadsText(each.threads)}`;
      const compared = participants
        .filter((peer) => peer.name !== each.name && (peer.threads === each.threads || stock.includes(peer)))
        .map((peer) => ({ peerName: labelOf(peer), timing: timingOf(peer) }));
      return [
        ...compareTimings(rowName, timingOf(each), compared, images),
        ...(peers.pytorch === undefined ? [noPytorchRow(rowName, timingOf(each), images)] : []),
      ];
    }),
    ...threadRows(name, ours, timingOf, images),
    ...pairRows(name, peers, timingOf, trips, images),
    // A heap never shrinks: after the widest network, the peaks of the others cannot be measured.
    ...(stock.includes(peers.composedWasm) && workload.width === 1
      ? memoryRows(
          name,
          participants.filter(({ threads }) => threads === 1),
          timingOf,
        )
      : []),
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

/** Compares our times with two threads with those with one and with PyTorch's two, by what the cores share. */
function pairRows(
  name: string,
  { ours, pytorch }: Context['peers'],
  timingOf: (peer: Peer) => Timing,
  trips: Timing | undefined,
  images: Shown,
): Row[] {
  const pair = ours.get(2);
  const own = pair === undefined ? undefined : timingOf(pair);
  if (own === undefined || 'error' in own || trips === undefined || 'error' in trips) return [];
  const others = [ours.get(1), pytorch?.get(2)].flatMap((peer) => {
    const timing = peer === undefined ? undefined : timingOf(peer);
    return timing === undefined || 'error' in timing ? [] : [{ peerName: labelOf(peer!), timing }];
  });
  return rowsByCaches(`${name}, ${threadsText(2)}`, own, others, trips, images);
}

/** The most memory of our process with one thread and of each peer's, and of the wasm heaps in them. */
function memoryRows(
  name: string,
  [ours, ...others]: readonly Peer[],
  timingOf: (peer: Peer) => Timing,
): Row[] {
  const own = timingOf(ours!);
  return others.flatMap((peer) => {
    const timing = timingOf(peer);
    if ('error' in own || 'error' in timing) return [];
    return (
      [
        ['peak resident memory', own.peakBytes, timing.peakBytes],
        ['wasm heap', own.heapBytes, timing.heapBytes],
      ] as const
    ).flatMap(([what, ownBytes, bytes]) => {
      if (!ownBytes || !bytes) return [];
      return timeRow({
        name: `${name}, 1 thread: ${what}`,
        ours: ownBytes / 2 ** 20,
        peer: bytes / 2 ** 20,
        peerName: labelOf(peer),
        unit: 'MiB',
        n: own.n,
      });
    });
  });
}
