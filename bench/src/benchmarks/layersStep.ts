import { interleave } from '../interleave.js';
import type { Row } from '../row.js';
import type { LayersStepWorkload } from '../workload.js';
import { type Benchmark, compareTimings, labelOf, type Shown, threadsText } from './benchmark.js';

const workload: LayersStepWorkload = { kind: 'layers-step', width: 0.25, batch: 8, size: 32 };

/**
 * Compares a training step of a small MobileNet of tf.layers on wasm with our kernels and on tfjs's own backends: cpu, and
 * wasm, which cannot train it.
 */
export const layersStep: Benchmark = async ({ peers, threadCounts, ...options }) => {
  const ours = threadCounts.map((threads) => peers.ours.get(threads)!);
  const others = [peers.stockCpu, peers.stockWasm];
  const timings = await interleave(
    [...ours, ...others].map((peer) => ({ peer, workload })),
    options,
  );
  const { batch, width } = workload;
  const images: Shown = { unit: 'images/s', figure: (seconds) => batch / seconds };
  const compared = others.map((peer, index) => ({
    peerName: labelOf(peer),
    timing: timings[ours.length + index]!,
  }));
  const rows = ours.flatMap(({ threads }, index): Row[] => {
    const name = `MobileNet of tf.layers at width ${width}, batch ${batch}, ${threadsText(threads)}`;
    return compareTimings(name, timings[index]!, compared, images);
  });
  return [{ title: 'Training step of layers of tf.layers', rows }];
};
