/** What both gradients of pooling know. */
@unmanaged
class PoolBwdJob {
  dy: usize;
  dx: usize;
  height: i32;
  width: i32;
  channels: i32;
  outHeight: i32;
  outWidth: i32;
  filterHeight: i32;
  filterWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  /** Padding before the image. */
  top: i32;
  left: i32;
}

@unmanaged
class AvgPoolBwdJob extends PoolBwdJob {
  /** Divides the pixel at dy equally among the pixels of its window. */
  // @ts-ignore: decorator
  @inline
  addWindow(
    image: usize,
    dx: usize,
    dy: usize,
    fromRow: i32,
    toRow: i32,
    fromColumn: i32,
    toColumn: i32,
  ): void {
    const width = this.width;
    const pixelBytes = <usize>this.channels << 2;
    const vectorsEnd = pixelBytes & ~15;
    const share = <f32>1 / <f32>((toRow - fromRow) * (toColumn - fromColumn));
    const shares = f32x4.splat(share);
    for (let y = fromRow; y < toRow; y++) {
      for (let z = fromColumn; z < toColumn; z++) {
        const to = dx + <usize>(y * width + z) * pixelBytes;
        let at: usize = 0;
        for (; at < vectorsEnd; at += 16) {
          const part = f32x4.mul(v128.load(dy + at), shares);
          v128.store(to + at, f32x4.add(v128.load(to + at), part));
        }
        for (; at < pixelBytes; at += 4) {
          store<f32>(to + at, load<f32>(to + at) + load<f32>(dy + at) * share);
        }
      }
    }
  }
}

@unmanaged
class MaxPoolBwdJob extends PoolBwdJob {
  x: usize;

  /** Adds each entry of the pixel at dy to the largest entry of its window, the first one among equals. */
  // @ts-ignore: decorator
  @inline
  addWindow(
    image: usize,
    dx: usize,
    dy: usize,
    fromRow: i32,
    toRow: i32,
    fromColumn: i32,
    toColumn: i32,
  ): void {
    const x = this.x + image;
    const width = this.width;
    const channels = this.channels;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) {
      let best = f32x4.splat(0);
      let place = i32x4.splat(-1);
      for (let y = fromRow; y < toRow; y++) {
        for (let z = fromColumn; z < toColumn; z++) {
          const at = ((y * width + z) * channels + channel) << 2;
          const value = v128.load(x + <usize>at);
          const isFirst = i32x4.lt_s(place, i32x4.splat(0));
          const isBetter = v128.or(f32x4.gt(value, best), isFirst);
          best = v128.bitselect(value, best, isBetter);
          place = v128.bitselect(i32x4.splat(at), place, isBetter);
        }
      }
      if (i32x4.extract_lane(place, 0) >= 0) {
        addTo(dx + <usize>i32x4.extract_lane(place, 0), dy);
        addTo(dx + <usize>i32x4.extract_lane(place, 1) + 4, dy + 4);
        addTo(dx + <usize>i32x4.extract_lane(place, 2) + 8, dy + 8);
        addTo(dx + <usize>i32x4.extract_lane(place, 3) + 12, dy + 12);
      }
      dy += 16;
    }
    for (; channel < channels; channel++) {
      let best: f32 = 0;
      let place = -1;
      for (let y = fromRow; y < toRow; y++) {
        for (let z = fromColumn; z < toColumn; z++) {
          const at = ((y * width + z) * channels + channel) << 2;
          const value = load<f32>(x + <usize>at);
          if (place < 0 || value > best) {
            best = value;
            place = at;
          }
        }
      }
      if (place >= 0) addTo(dx + <usize>place, dy);
      dy += 4;
    }
  }
}

/** The gradient of max pooling. A task is an image. */
export function max_pool_bwd(job: MaxPoolBwdJob, task: i32, scratch: usize): void {
  addWindows(job, task);
}

/** The gradient of average pooling over the entries inside the image. A task is an image. */
export function avg_pool_bwd(job: AvgPoolBwdJob, task: i32, scratch: usize): void {
  addWindows(job, task);
}

/** Sets dx of an image to 0, then adds the gradient of each window, cut off at the image's edges. */
function addWindows<Job>(job: Job, task: i32): void {
  const height = job.height;
  const width = job.width;
  const outHeight = job.outHeight;
  const outWidth = job.outWidth;
  const pixelBytes = <usize>job.channels << 2;
  const imageBytes = <usize>(height * width) * pixelBytes;
  const image = <usize>task * imageBytes;
  const dx = job.dx + image;
  let dy = job.dy + <usize>(task * outHeight * outWidth) * pixelBytes;
  memory.fill(dx, 0, imageBytes);
  for (let row = 0; row < outHeight; row++) {
    const top = row * job.strideHeight - job.top;
    const fromRow = max(top, 0);
    const toRow = min(top + job.filterHeight, height);
    for (let column = 0; column < outWidth; column++) {
      const left = column * job.strideWidth - job.left;
      const fromColumn = max(left, 0);
      const toColumn = min(left + job.filterWidth, width);
      job.addWindow(image, dx, dy, fromRow, toRow, fromColumn, toColumn);
      dy += pixelBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function addTo(to: usize, from: usize): void {
  store<f32>(to, load<f32>(to) + load<f32>(from));
}
