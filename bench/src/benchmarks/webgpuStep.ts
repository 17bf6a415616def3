import { type Case, type InterleaveOptions, interleave } from '../interleave.js';
import type { WebgpuPeers } from '../peers/openWebgpuPeers.js';
import { missingRow, type Row, type Section } from '../row.js';
import type { StepWorkload } from '../workload.js';
import { compareTimings, type Shown } from './benchmark.js';

/**
 * In software, a width and batch that take seconds; on a GPU, the paper's, and the paper's at a quarter of the width.
 */
const sizes = {
  software: [{ width: 0.25, batch: 4 }],
  gpu: [
    { width: 1, batch: 128 },
    { width: 0.25, batch: 128 },
  ],
} as const;

/**
 * Compares a training step of ALL-CNN on WebGPU with tfjs's own kernels on the same adapter and PyTorch in float32 on
 * the same GPU; with constant batch norm, which stock tfjs cannot train, only with PyTorch.
 */
export async function webgpuStep(peers: WebgpuPeers, options: InterleaveOptions): Promise<Section[]> {
  const rows: Row[] = [];
  for (const { width, batch } of sizes[peers.software ? 'software' : 'gpu']) {
    for (const norm of ['bn', 'cbn-lconv-nobn'] as const) {
      const kind = norm === 'bn' ? 'ALL-CNN' : 'ALL-CNN with CBN';
      const name = `${kind} at width ${width}, batch ${batch}`;
      rows.push(...(await rowsOf(peers, name, { kind: 'step', width, batch, norm }, options)));
    }
  }
  return [{ title: 'Training step on WebGPU', rows }];
}

async function rowsOf(
  { ours, stock, pytorch }: WebgpuPeers,
  name: string,
  workload: StepWorkload,
  options: InterleaveOptions,
): Promise<Row[]> {
  const torch = 'missing' in pytorch ? [] : pytorch;
  const others = [...(workload.norm === 'bn' ? [stock] : []), ...torch];
  const [own, ...timings] = await interleave(
    [ours, ...others].map((peer): Case => ({ peer, workload })),
    options,
  );
  const images: Shown = { unit: 'images/s', figure: (seconds) => workload.batch / seconds };
  const compared = others.map((peer, index) => ({ peerName: peer.name, timing: timings[index]! }));
  const rows = compareTimings(name, own!, compared, images);
  if (!('missing' in pytorch)) return rows;
  const figure = 'error' in own! ? null : images.figure(own!.seconds);
  const n = 'error' in own! ? 0 : own!.n;
  const missing = { name, ours: figure, peerName: 'PyTorch cuda', unit: images.unit, n };
  return [...rows, missingRow(missing, pytorch.missing)];
}
