import type { LayerSpec } from '@normlab/models';
import { gamma, roundings, float32Roundoff as u } from '../bounds/roundoff.js';
import { largest, type Tracked } from '../bounds/tracked.js';
import { type Verdict, worst } from '../judge.js';
import { sizeOf, type Values } from '../values.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against } from './against.js';
import { dyadicValues } from './dyadicValues.js';
import { throughLayer } from './throughLayer.js';

type Pool = Extract<LayerSpec, { type: 'pool' }>;
type Case = Pick<Pool, 'size' | 'stride' | 'padding'> & {
  /** [N, H, W, C] */
  readonly input: readonly [number, number, number, number];
};

/** Windows that overlap, extend over each edge, or skip pixels; every padding. */
const cases: readonly Case[] = [
  { input: [2, 6, 8, 4], size: 2, stride: 2, padding: 'valid' },
  { input: [2, 7, 6, 3], size: 3, stride: 2, padding: 'valid' },
  { input: [2, 7, 6, 3], size: 3, stride: 2, padding: 'same' },
  { input: [1, 5, 7, 16], size: 3, stride: 1, padding: 'same' },
  { input: [2, 7, 6, 5], size: 3, stride: 2, padding: 'ceil' },
];

/**
 * The values of a max pool are exact. Its gradient at a pixel is the sum of δ over the windows, at most k, in which the
 * pixel is the largest: γₖ. A mean of the real pixels is the mean of m = size² values, with zeros for padding, times a
 * rounded ratio: m − 1 additions, a division, and 2 more roundings. Its gradient has the last three, and the sum over
 * windows.
 */
export const poolCheck: AbsoluteCheck = {
  id: 'absolute-pool',
  title: 'y = max x, dx = Σ δ[x = y]; y = Σ x/m, dx = Σ δ/m, m real pixels per window',
  statement:
    'Max and average pools and their gradients agree with float64, for windows that overlap or extend over an edge, with and without positive pixels.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const each of cases) verdicts.push(await judge(each, 'max'), await judge(each, 'average'));
    return worst(verdicts);
  },
};

async function judge({ input, ...options }: Case, kind: Pool['kind']): Promise<Verdict> {
  const [batch, height, width, channels] = input;
  const rows = windowsOf(height, options);
  const columns = windowsOf(width, options);
  const x = distinctValues(input);
  const dy = dyadicValues(sizeOf(input))(batch, rows.length, columns.length, channels);
  const actual = await throughLayer({ type: 'pool', name: 'pool', kind, ...options }, x, {}, dy);

  const [y, dx] = [emptyOf(dy.shape), emptyOf(input)];
  const isMax = kind === 'max';
  const windows = Math.ceil(options.size / options.stride) ** 2;
  const mean = gamma(options.size ** 2 - 1 + roundings.division + 2, u);
  const spread = isMax ? gamma(windows, u) : gamma(windows - 1 + roundings.division + 2, u);
  for (let at = 0; at < y.value.length; at++) {
    const c = at % channels;
    const column = Math.floor(at / channels) % columns.length;
    const row = Math.floor(at / (channels * columns.length)) % rows.length;
    const n = Math.floor(at / (channels * columns.length * rows.length));
    const pixels = rows[row]!.flatMap((h) =>
      columns[column]!.map((w) => ((n * height + h) * width + w) * channels + c),
    );
    const chosen = isMax ? [pixels.reduce((best, i) => (x.data[i]! > x.data[best]! ? i : best))] : pixels;
    for (const i of chosen) {
      const share = Math.abs(x.data[i]!) / chosen.length;
      y.value[at]! += x.data[i]! / chosen.length;
      y.error[at]! += isMax ? 0 : mean * share;
      y.sizes[at]! += share;
      dx.value[i]! += dy.data[at]! / chosen.length;
      dx.error[i]! += (spread * Math.abs(dy.data[at]!)) / chosen.length;
      dx.sizes[i]! += Math.abs(dy.data[at]!) / chosen.length;
    }
  }
  return worst([against(actual.y, tracked(y)), against(actual.dx, tracked(dx))]);
}

/** The real pixels of every window along an axis. */
function windowsOf(n: number, { size, stride, padding }: Omit<Case, 'input'>): number[][] {
  const count = {
    valid: Math.floor((n - size) / stride) + 1,
    same: Math.ceil(n / stride),
    ceil: Math.ceil((n - size) / stride) + 1,
  }[padding];
  const before = padding === 'same' ? Math.max(0, (count - 1) * stride + size - n) >> 1 : 0;
  return Array.from({ length: count }, (_, window) =>
    Array.from({ length: size }, (_, tap) => window * stride - before + tap).filter(
      (at) => at >= 0 && at < n,
    ),
  );
}

/**
 * All different, so that each window has one largest pixel; three quarters are negative, so many windows have no other.
 */
function distinctValues(shape: readonly number[]): Values {
  const n = sizeOf(shape);
  // 997 is a prime that divides none of the sizes.
  const data = Float32Array.from({ length: n }, (_, i) => (((i * 997) % n) - 0.75 * n) / 64);
  return { data, shape };
}

function emptyOf(shape: readonly number[]) {
  const make = () => new Float64Array(sizeOf(shape));
  return { shape, value: make(), error: make(), sizes: make() };
}

function tracked({ sizes, ...each }: ReturnType<typeof emptyOf>): Tracked {
  return { ...each, size: largest(sizes) };
}
