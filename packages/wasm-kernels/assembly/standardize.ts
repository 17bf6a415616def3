@unmanaged
class StandardizeApplyJob {
  source: usize;
  /** The forward pass's y in the gradient; 0 forward. */
  y: usize;
  target: usize;
  /** [B, C] each; the slopes are read in the gradient only. */
  shifts: usize;
  rests: usize;
  slopes: usize;
  inverses: usize;
  batch: i32;
  rows: i32;
  channels: i32;
  inner: i32;
  chunkRows: i32;
  chunks: i32;
  /** Indices of B in a task. */
  batchStep: i32;
}

/**
 * The second half of standardizing and of its gradient, over a tensor seen as [B, M, C, L] (see sums.ts).
 *
 * Forward: y = ((x − shift) − rest)·inverse. The first subtraction is exact if x is near the mean, which keeps y
 * accurate when the mean is 10⁴ standard deviations away from 0. Backward: dx = (((dy − shift) − rest) −
 * y·slope)·inverse.
 */
export function standardize_apply(job: StandardizeApplyJob, task: i32, scratch: usize): void {
  const batch = job.batch;
  const rows = job.rows;
  const channels = job.channels;
  const inner = job.inner;
  const chunkRows = job.chunkRows;
  const chunks = job.chunks;
  const batchStep = job.batchStep;
  const y = job.y;
  const firstRow = (task % chunks) * chunkRows;
  const block = min(chunkRows, rows - firstRow);
  const from = (task / chunks) * batchStep;
  const to = min(from + batchStep, batch);
  for (let b = from; b < to; b++) {
    const offset = (<usize>(b * rows + firstRow) * <usize>(channels * inner)) << 2;
    const source = job.source + offset;
    const target = job.target + offset;
    const stat = <usize>(b * channels) << 2;
    const shift = job.shifts + stat;
    const rest = job.rests + stat;
    const slope = job.slopes + stat;
    const inverse = job.inverses + stat;
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
