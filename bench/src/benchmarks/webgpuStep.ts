import { type Case, type InterleaveOptions, interleave, type Timing } from '../interleave.js';
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

const norms = ['bn', 'cbn-lconv-nobn'] as const;

/**
 * Compares a training step of ALL-CNN on WebGPU with tfjs's own kernels on the same adapter and PyTorch in float32 on
 * the same GPU; with constant batch norm, which stock tfjs cannot train, with PyTorch and with batch norm.
 */
export async function webgpuStep(peers: WebgpuPeers, options: InterleaveOptions): Promise<Section[]> {
  const rows: Row[] = [];
  for (const size of sizes[peers.software ? 'software' : 'gpu']) {
    rows.push(...(await rowsOf(peers, size, options)));
  }
  return [{ title: 'Training step on WebGPU', rows }];
}

async function rowsOf(
  { ours, stock, pytorch }: WebgpuPeers,
  size: { readonly width: number; readonly batch: number },
  options: InterleaveOptions,
): Promise<Row[]> {
  const torch = 'missing' in pytorch ? [] : pytorch;
  const cases = norms.flatMap((norm) =>
    [ours, ...(norm === 'bn' ? [stock] : []), ...torch].map(
      (peer): Case & { readonly workload: StepWorkload } => ({
        peer,
        workload: { kind: 'step', norm, ...size },
      }),
    ),
  );
  const timings = await interleave(cases, options);
  const images: Shown = { unit: 'images/s', figure: (seconds) => size.batch / seconds };
  const comparedWith = (norm: (typeof norms)[number]): Compared => {
    const timed = cases.flatMap(({ peer, workload }, i) =>
      workload.norm === norm ? [{ peerName: peer.name, timing: timings[i]! }] : [],
    );
    const name = `ALL-CNN${norm === 'bn' ? '' : ' with CBN'} at width ${size.width}, batch ${size.batch}`;
    return { name, own: timed[0]!.timing, others: timed.slice(1) };
  };
  const [batchNorm, constant] = [comparedWith('bn'), comparedWith('cbn-lconv-nobn')];
  const unlessTorch = ({ name, own }: Compared) =>
    'missing' in pytorch ? [withoutTorch(name, own, images, pytorch.missing)] : [];
  return [
    ...compareTimings(batchNorm.name, batchNorm.own, batchNorm.others, images),
    ...unlessTorch(batchNorm),
    ...compareTimings(
      constant.name,
      constant.own,
      [...constant.others, { peerName: `${ours.name}, batch norm`, timing: batchNorm.own }],
      images,
    ),
    ...unlessTorch(constant),
  ];
}

type Compared = {
  readonly name: string;
  readonly own: Timing;
  readonly others: readonly { readonly peerName: string; readonly timing: Timing }[];
};

function withoutTorch(name: string, own: Timing, { unit, figure }: Shown, why: string): Row {
  const ours = 'error' in own ? null : figure(own.seconds);
  const n = 'error' in own ? 0 : own.n;
  return missingRow({ name, ours, peerName: 'PyTorch cuda', unit, n }, why);
}
