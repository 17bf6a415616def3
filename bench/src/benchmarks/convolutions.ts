import { interleave, type Timing } from '../interleave.js';
import { type Row, rateRow } from '../row.js';
import { type ConvPass, type ConvWorkload, convBytes, convFlops } from '../workload.js';
import {
  type Benchmark,
  type Context,
  compareTimings,
  labelOf,
  noPytorchRow,
  threadsText,
} from './benchmark.js';
import { type Limits, limitRows } from './limits.js';

type Layer = Omit<ConvWorkload, 'pass'>;

const passes: readonly ConvPass[] = ['forward', 'backprop-input', 'backprop-filter'];

/** The convolutions of ALL-CNN at full width; then two at a quarter of it, a 1×1 and a 5×5. */
const layers: readonly Layer[] = [
  layer(24, 3, 96),
  layer(24, 96, 96),
  layer(24, 96, 96, { stride: 2 }),
  layer(12, 96, 192),
  layer(12, 192, 192),
  layer(12, 192, 192, { stride: 2 }),
  layer(6, 192, 192),
  layer(6, 192, 10),
  layer(24, 24, 24),
  layer(12, 48, 48),
  layer(12, 192, 192, { kernel: 1 }),
  layer(12, 96, 96, { kernel: 5 }),
];
/** The convolutions that stock tfjs runs too: on the others its gradients take seconds. */
const forStock = new Set([layers[1], layers[4]]);

/**
 * Compares each pass of each convolution with PyTorch and stock tfjs, backward with forward, and both with the limits.
 */
export function convolutions(limits: ReadonlyMap<number, Limits>): Benchmark {
  return async (context) => {
    const compared: Row[] = [];
    const backward: Row[] = [];
    const limited: Row[] = [];
    for (const each of layers) {
      for (const threads of context.threadCounts) {
        const results = await measureLayer(context, each, threads);
        compared.push(...results.compared);
        backward.push(...backwardRows(each, threads, results.own));
        const limit = limits.get(threads);
        if (limit !== undefined) limited.push(...rowsBesideLimits(each, threads, results.own, limit));
      }
    }
    return [
      { title: 'Convolutions, batch 32', rows: compared },
      { title: 'Gradients of convolutions beside the forward pass', rows: backward },
      { title: 'Convolutions beside their limits', rows: limited },
    ];
  };
}

async function measureLayer(
  { peers, ...options }: Context,
  each: Layer,
  threads: number,
): Promise<{ compared: Row[]; own: readonly Timing[] }> {
  const torch = peers.pytorch?.get(threads);
  const stock = threads === 1 && forStock.has(each) ? [peers.stockWasm] : [];
  const participants = [peers.ours.get(threads)!, ...(torch === undefined ? [] : [torch]), ...stock];
  const cases = participants.flatMap((peer) =>
    passes.map((pass) => ({ peer, workload: { ...each, pass } satisfies ConvWorkload })),
  );
  const timings = await interleave(cases, options);
  const timingOf = (peer: number, pass: number) => timings[peer * passes.length + pass]!;
  const shown = { unit: 'GFLOP/s', figure: gigaflops(each) };
  const compared = passes.flatMap((pass, index) => {
    const name = `${nameOf(each)} ${pass}, ${threadsText(threads)}`;
    const others = participants
      .slice(1)
      .map((peer, place) => ({ peerName: labelOf(peer), timing: timingOf(place + 1, index) }));
    return [
      ...compareTimings(name, timingOf(0, index), others, shown),
      ...(torch === undefined ? [noPytorchRow(name, timingOf(0, index), shown)] : []),
    ];
  });
  return { compared, own: passes.map((_, index) => timingOf(0, index)) };
}

/** GFLOP/s of both gradients compared with those of the forward pass. */
function backwardRows(each: Layer, threads: number, [forward, ...gradients]: readonly Timing[]): Row[] {
  if (forward === undefined || 'error' in forward) return [];
  return gradients.flatMap((timing, index) => {
    if ('error' in timing) return [];
    return rateRow({
      name: `${nameOf(each)} ${passes[index + 1]}, ${threadsText(threads)}`,
      ours: gigaflops(each)(timing.seconds),
      peer: gigaflops(each)(forward.seconds),
      peerName: 'normlab, forward',
      unit: 'GFLOP/s',
      n: timing.n,
      spread: Math.max(timing.spread, forward.spread),
    });
  });
}

function rowsBesideLimits(each: Layer, threads: number, own: readonly Timing[], limits: Limits): Row[] {
  const cost = {
    flops: convFlops({ ...each, pass: 'forward' }),
    bytes: convBytes({ ...each, pass: 'forward' }),
  };
  return own.flatMap((timing, index) => {
    if ('error' in timing) return [];
    return limitRows(`${nameOf(each)} ${passes[index]}, ${threadsText(threads)}`, timing, cost, limits);
  });
}

function layer(size: number, from: number, to: number, { kernel = 3, stride = 1 } = {}): Layer {
  return { kind: 'conv', batch: 32, size, kernel, stride, from, to };
}

function nameOf({ kernel, from, to, size, stride }: Layer): string {
  return `conv ${kernel}×${kernel} ${from}→${to}, ${size}×${size}${stride === 1 ? '' : `, stride ${stride}`}`;
}

function gigaflops(each: Layer): (seconds: number) => number {
  return (seconds) => convFlops({ ...each, pass: 'forward' }) / seconds / 1e9;
}
