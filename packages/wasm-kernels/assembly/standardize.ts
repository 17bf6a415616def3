import { bytes, count } from './words';

/**
 * The second half of standardizing and of its gradient, over a tensor seen as [B, M, C, L] (see sums.ts).
 *
 * Forward: y = ((x − shift) − rest)·inverse. The first subtraction is exact where x is near the mean, which is
 * what keeps y right when the mean is 10⁴ standard deviations away from 0.
 * Backward: dx = (((dy − shift) − rest) − y·slope)·inverse.
 *
 * Words: 0 source, 1 y or 0 (forward), 2 target, 3 shifts, 4 rests, 5 slopes, 6 inverses, 7 B, 8 M, 9 C, 10 L,
 * 11 rows of M in a chunk, 12 chunks, 13 b in a task.
 */
export function applyStandardize(words: usize, task: i32, scratch: usize): void {
  const batch = count(words, 7);
  const rows = count(words, 8);
  const channels = count(words, 9);
  const inner = count(words, 10);
  const chunkRows = count(words, 11);
  const chunks = count(words, 12);
  const batchStep = count(words, 13);
  const y = bytes(words, 1);
  const firstRow = (task % chunks) * chunkRows;
  const block = min(chunkRows, rows - firstRow);
  const from = (task / chunks) * batchStep;
  const to = min(from + batchStep, batch);
  for (let b = from; b < to; b++) {
    const offset = (<usize>(b * rows + firstRow) * <usize>(channels * inner)) << 2;
    const source = bytes(words, 0) + offset;
    const target = bytes(words, 2) + offset;
    const stat = <usize>(b * channels) << 2;
    const shift = bytes(words, 3) + stat;
    const rest = bytes(words, 4) + stat;
    const slope = bytes(words, 5) + stat;
    const inverse = bytes(words, 6) + stat;
    const other = y == 0 ? <usize>0 : y + offset;
    if (inner == 1) {
      applyToColumns(source, other, target, shift, rest, slope, inverse, block, channels);
    } else {
      applyToLines(source, other, target, shift, rest, slope, inverse, block, channels, inner);
    }
  }
}

function applyToColumns(
  source: usize,
  y: usize,
  target: usize,
  shift: usize,
  rest: usize,
  slope: usize,
  inverse: usize,
  rows: i32,
  channels: i32,
): void {
  const rowBytes = <usize>channels << 2;
  const toTarget = target - source;
  const toY = y - source;
  const vectorsEnd = rowBytes & ~15;
  for (let row = 0; row < rows; row++) {
    let channel: usize = 0;
    if (y == 0) {
      for (; channel < vectorsEnd; channel += 16) {
        const from = source + channel;
        const near = f32x4.sub(v128.load(from), v128.load(shift + channel));
        const centred = f32x4.sub(near, v128.load(rest + channel));
        v128.store(from + toTarget, f32x4.mul(centred, v128.load(inverse + channel)));
      }
    } else {
      for (; channel < vectorsEnd; channel += 16) {
        const from = source + channel;
        const near = f32x4.sub(v128.load(from), v128.load(shift + channel));
        const centred = f32x4.sub(near, v128.load(rest + channel));
        const along = f32x4.mul(v128.load(from + toY), v128.load(slope + channel));
        v128.store(from + toTarget, f32x4.mul(f32x4.sub(centred, along), v128.load(inverse + channel)));
      }
    }
    for (; channel < rowBytes; channel += 4) {
      const from = source + channel;
      const centred = load<f32>(from) - load<f32>(shift + channel) - load<f32>(rest + channel);
      const along: f32 = y == 0 ? 0 : load<f32>(from + toY) * load<f32>(slope + channel);
      store<f32>(from + toTarget, (centred - along) * load<f32>(inverse + channel));
    }
    source += rowBytes;
  }
}

function applyToLines(
  source: usize,
  y: usize,
  target: usize,
  shift: usize,
  rest: usize,
  slope: usize,
  inverse: usize,
  rows: i32,
  channels: i32,
  inner: i32,
): void {
  const lineBytes = <usize>inner << 2;
  const toTarget = target - source;
  const toY = y - source;
  for (let row = 0; row < rows; row++) {
    for (let channel: usize = 0; channel < <usize>channels << 2; channel += 4) {
      const m = load<f32>(shift + channel);
      const d = load<f32>(rest + channel);
      const k: f32 = y == 0 ? 0 : load<f32>(slope + channel);
      const r = load<f32>(inverse + channel);
      const end = source + lineBytes;
      const vectorsEnd = source + (lineBytes & ~15);
      for (; source < vectorsEnd; source += 16) {
        const near = f32x4.sub(v128.load(source), f32x4.splat(m));
        const centred = f32x4.sub(near, f32x4.splat(d));
        const along = y == 0 ? f32x4.splat(0) : f32x4.mul(v128.load(source + toY), f32x4.splat(k));
        v128.store(source + toTarget, f32x4.mul(f32x4.sub(centred, along), f32x4.splat(r)));
      }
      for (; source < end; source += 4) {
        const centred = load<f32>(source) - m - d;
        const along: f32 = y == 0 ? 0 : load<f32>(source + toY) * k;
        store<f32>(source + toTarget, (centred - along) * r);
      }
    }
  }
}
