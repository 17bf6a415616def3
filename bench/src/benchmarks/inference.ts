import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBackend } from '@normlab/backends';
import { exportOnnx } from '@normlab/export';
import { dispose } from '@tensorflow/tfjs-core';
import { type Case, interleave } from '../interleave.js';
import { findPython, nodeCommand, onnxCommand } from '../peers/openPeers.js';
import { type Peer, startPeer } from '../peers/peerProcess.js';
import { missingRow, type Row } from '../row.js';
import type { InferenceWorkload } from '../workload.js';
import { foldedAllCnn } from '../workloads/inference.js';
import {
  type Benchmark,
  type Context,
  compareTimings,
  labelOf,
  type Shown,
  threadsText,
} from './benchmark.js';

/** A peer that this machine does not have, and why. */
type Missing = { readonly name: string; readonly note: string };

/** Where the peers of inference are. */
export type InferencePeers = {
  /** A Python with onnxruntime. */
  readonly onnxruntime: string | undefined;
  /** A folder in whose `node_modules` onnxruntime-web is. */
  readonly onnxruntimeWeb: string | undefined;
};

/**
 * Compares the inference of ALL-CNN, its norms folded, with PyTorch, and with onnxruntime and onnxruntime-web, which run
 * the network that we export.
 */
export function inference({ onnxruntime, onnxruntimeWeb }: InferencePeers): Benchmark {
  return async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'normlab-bench-'));
    const opened: Peer[] = [];
    const missing: Missing[] = [];
    try {
      const python = await findPython('onnxruntime', [onnxruntime ?? context.python ?? 'python3']);
      for (const threads of context.threadCounts) {
        if (python !== undefined) {
          opened.push(
            await startPeer('onnxruntime', threads, onnxCommand(python, '--threads', `${threads}`)),
          );
        }
      }
      if (python === undefined) {
        missing.push({
          name: 'onnxruntime',
          note: 'skipped: no Python with it was found (--onnxruntime PATH)',
        });
      }
      if (onnxruntimeWeb === undefined) {
        missing.push({
          name: 'onnxruntime-web',
          note: 'skipped: no folder with it was named (--onnxruntime-web DIR)',
        });
      } else
        opened.push(await startPeer('onnxruntime-web', 1, nodeCommand('onnxWebPeer.js', onnxruntimeWeb)));
      const rows: Row[] = [];
      for (const width of [1, 0.25]) {
        const onnxFile = join(folder, `all-cnn-${width}.onnx`);
        await writeFile(onnxFile, await onnxOf(width));
        for (const batch of [1, 32]) {
          const workload: InferenceWorkload = { kind: 'inference', width, batch, onnxFile };
          rows.push(...(await rowsOf(context, opened, missing, workload)));
        }
      }
      return [{ title: 'Inference', rows }];
    } finally {
      for (const peer of opened) await peer.close();
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function onnxOf(width: number): Promise<Uint8Array> {
  const backend = await openBackend('cpu');
  try {
    const { spec, variables } = foldedAllCnn(width);
    const bytes = await exportOnnx({ spec, ...variables });
    dispose(variables);
    return bytes;
  } finally {
    await backend.close();
  }
}

async function rowsOf(
  { peers, threadCounts, ...options }: Context,
  others: readonly Peer[],
  missing: readonly Missing[],
  workload: InferenceWorkload,
): Promise<Row[]> {
  const ours = threadCounts.map((threads) => peers.ours.get(threads)!);
  const torch = threadCounts.flatMap((threads) => peers.pytorch?.get(threads) ?? []);
  const participants = [...ours, ...torch, ...others];
  const timings = await interleave(
    participants.map((peer): Case => ({ peer, workload })),
    options,
  );
  const { width, batch } = workload;
  const images: Shown = { unit: 'images/s', figure: (seconds) => batch / seconds };
  const name = `ALL-CNN${width === 1 ? '' : ` at width ${width}`}, norms folded, batch ${batch}`;
  return ours.flatMap((each, index) => {
    const rowName = `${name}, ${threadsText(each.threads)}`;
    const compared = participants.flatMap((peer, at) =>
      !ours.includes(peer) && peer.threads === each.threads
        ? [{ peerName: labelOf(peer), timing: timings[at]! }]
        : [],
    );
    const rows = compareTimings(rowName, timings[index]!, compared, images);
    const absent = index > 0 ? [] : missing;
    return [
      ...rows,
      ...absent.map(({ name: peerName, note }) =>
        missingRow(
          {
            name: rowName,
            ours: rows[0]?.ours ?? null,
            peerName,
            unit: 'images/s',
            n: 0,
          },
          note,
        ),
      ),
    ];
  });
}
