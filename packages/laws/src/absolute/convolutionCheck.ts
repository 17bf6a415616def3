import { conv2d, grads, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { exactly, type Tracked } from '../bounds/tracked.js';
import { trackInputGradient, trackKernelGradient, trackLinear } from '../bounds/trackLinear.js';
import { type Verdict, worst } from '../judge.js';
import { activePrecision, activeStridedTiles } from '../suite/activePrecision.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import { sizeOf, type Values } from '../values.js';
import type { AbsoluteCheck } from './absoluteCheck.js';
import { against } from './against.js';
import { fineValues } from './fineValues.js';
import { stridedErrors } from './stridedErrors.js';

type Case = {
  /** [N, H, W, D] */
  readonly input: readonly [number, number, number, number];
  /** [k, k, D, C], k odd */
  readonly kernel: readonly [number, number, number, number];
  readonly stride: number;
  readonly padding: 'same' | 'valid';
};

/**
 * Channels that are multiples of 4, of 16 and of neither, for which backends have different kernels; every stride and
 * padding.
 */
const cases: readonly Case[] = [
  { input: [2, 6, 5, 3], kernel: [3, 3, 3, 5], stride: 1, padding: 'same' },
  { input: [1, 8, 8, 4], kernel: [3, 3, 4, 8], stride: 1, padding: 'same' },
  { input: [1, 7, 7, 16], kernel: [3, 3, 16, 16], stride: 1, padding: 'same' },
  { input: [2, 6, 6, 4], kernel: [3, 3, 4, 8], stride: 2, padding: 'same' },
  { input: [2, 7, 7, 3], kernel: [3, 3, 3, 6], stride: 2, padding: 'same' },
  { input: [1, 11, 11, 16], kernel: [3, 3, 16, 16], stride: 2, padding: 'same' },
  { input: [2, 6, 6, 5], kernel: [3, 3, 5, 4], stride: 1, padding: 'valid' },
  { input: [2, 8, 7, 5], kernel: [3, 3, 5, 4], stride: 2, padding: 'valid' },
  { input: [2, 5, 5, 8], kernel: [1, 1, 8, 10], stride: 1, padding: 'same' },
];

/**
 * Inputs have all 24 bits of float32, so that kernels of a lower precision fail.
 *
 * Bounds: from `trackLinear` and its gradients, for direct sums in any order, or for tiles where the backend uses them;
 * for tiles with stride 2 from `stridedErrors`.
 *
 * The results of a strided or unpadded convolution are some of those of the SAME convolution with stride 1: the
 * reference selects them, and sets δ = 0 at all others for the gradients, which does not change their sums. (The bounds
 * count the zeros as terms, so they count up to four times too many roundings.)
 */
export const convolutionCheck: AbsoluteCheck = {
  id: 'absolute-convolution',
  title: 'y = Σ w·x, dx = Σ w·δ, dw = Σ x·δ',
  statement:
    'Convolutions and both their gradients agree with sums in float64, for strides 1 and 2, padded or not.',
  async measure() {
    const verdicts: Verdict[] = [];
    for (const each of cases) verdicts.push(await judge(each));
    return worst(verdicts);
  },
};

async function judge({ input, kernel, stride, padding }: Case): Promise<Verdict> {
  const [batch, height, width] = input;
  const channels = kernel[3];
  const rows = placesOf(height, kernel[0], stride, padding);
  const columns = placesOf(width, kernel[1], stride, padding);
  const draw = fineValues(sizeOf(input) + stride);
  const [x, w, dy] = [draw(...input), draw(...kernel), draw(batch, rows.length, columns.length, channels)];
  const actual = await readBack(() => {
    const f = (image: Tensor, filter: Tensor): Tensor =>
      conv2d(image as Tensor4D, filter as Tensor4D, stride, padding);
    const inputs: [Tensor, Tensor] = [toTensor(x), toTensor(w)];
    const [dx, dw] = grads(f)(inputs, toTensor(dy));
    return { y: f(...inputs), dx: dx!, dw: dw! };
  });

  const whole = [batch, height, width, channels];
  const order = Int32Array.from({ length: sizeOf(dy.shape) }, (_, at) => {
    const c = at % channels;
    const column = Math.floor(at / channels) % columns.length;
    const row = Math.floor(at / (channels * columns.length)) % rows.length;
    const n = Math.floor(at / (channels * columns.length * rows.length));
    return ((n * height + rows[row]!) * width + columns[column]!) * channels + c;
  });
  const spread: Values = { data: new Float32Array(sizeOf(whole)), shape: whole };
  order.forEach((place, at) => {
    spread.data[place] = dy.data[at]!;
  });
  const precision = stride === 1 ? activePrecision() : {};
  const same = trackLinear(exactly(x), exactly(w), precision);
  const slope = exactly(spread);
  const y = {
    shape: dy.shape,
    value: Float64Array.from(order, (place) => same.value[place]!),
    error: Float64Array.from(order, (place) => same.error[place]!),
    size: same.size,
  };
  const dx = trackInputGradient(exactly(w), slope, input, precision);
  const dw = trackKernelGradient(exactly(x), slope, kernel, precision);
  const tiles = activeStridedTiles();
  const before = [rows, columns].map((centres) => (kernel[0] - 1) / 2 - centres[0]!) as [number, number];
  const byTiles = stride === 2 && tiles?.covers(kernel) ? stridedErrors(x, w, dy, before, tiles) : undefined;
  return worst([
    against(actual.y, orByTiles(y, byTiles?.y)),
    against(actual.dx, orByTiles(dx, byTiles?.dx)),
    against(actual.dw, orByTiles(dw, byTiles?.dw)),
  ]);
}

/** The larger of the errors of direct sums and of tiles. */
function orByTiles(direct: Tracked, errors?: Float64Array): Tracked {
  if (errors === undefined) return direct;
  return { ...direct, error: direct.error.map((each, i) => Math.max(each, errors[i]!)) };
}

/**
 * Centres of the windows along one axis: the positions of these results among those of the SAME convolution of stride
 * 1.
 */
function placesOf(size: number, kernel: number, stride: number, padding: Case['padding']): number[] {
  const half = (kernel - 1) / 2;
  const count = padding === 'same' ? Math.ceil(size / stride) : Math.floor((size - kernel) / stride) + 1;
  // SAME pads as much as the last window needs, with the smaller half before the first pixel; VALID windows need none.
  const before = Math.max(0, (count - 1) * stride + kernel - size) >> 1;
  return Array.from({ length: count }, (_, i) => i * stride - before + half);
}
