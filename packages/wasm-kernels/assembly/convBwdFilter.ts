import { madd } from './madd';
import { VECTOR } from './job';
import { loadPart } from './partialVector';
import { storeTile, TILE } from './sumsTile';
import { IS_WIDE } from './wide';

@unmanaged
class ConvBwdFilterJob {
  x: usize;
  dy: usize;
  /** Tiles of sums for each group: [groups][K/8][C/4][taps][4 × 8]. */
  sums: usize;
  groupBytes: usize;
  images: i32;
  groups: i32;
  /** The number of images whose panels are in the scratch at the same time. */
  atOnce: i32;
  height: i32;
  width: i32;
  channels: i32;
  /** The position of x in its frame. */
  top: i32;
  left: i32;
  frameHeight: i32;
  frameWidth: i32;
  outHeight: i32;
  outWidth: i32;
  /** Channels of dy, K. */
  results: i32;
  strideHeight: i32;
  strideWidth: i32;
  filterHeight: i32;
  filterWidth: i32;
}

/**
 * The gradient of a convolution with respect to its filter, for one group of images: dW = Σ_pixels window ⊗ dy.
 *
 * A task is a group. Its images are taken `atOnce` at a time: x, framed with zeros, into panels of 4 channels,
 * dy into panels of 8, then every tile of 4 channels at one tap × 8 results adds up its outer products over
 * all pixels. conv_bwd_filter_finish adds the groups' sums; the number of groups does not depend on the number of
 * threads, so neither do the sums.
 *
 * Scratch: offsets of the pixels, panels of x, panels of dy.
 */
export function conv_bwd_filter(job: ConvBwdFilterJob, task: i32, scratch: usize): void {
  const images = job.images;
  const groups = job.groups;
  const atOnce = job.atOnce;
  const height = job.height;
  const width = job.width;
  const channels = job.channels;
  const top = job.top;
  const left = job.left;
  const frameHeight = job.frameHeight;
  const frameWidth = job.frameWidth;
  const outHeight = job.outHeight;
  const outWidth = job.outWidth;
  const results = job.results;
  const strideHeight = job.strideHeight;
  const strideWidth = job.strideWidth;
  const filterHeight = job.filterHeight;
  const filterWidth = job.filterWidth;

  const outPixels = outHeight * outWidth;
  const framePixels = frameHeight * frameWidth;
  const xBytes = <usize>(height * width * channels) << 2;
  const dyBytes = <usize>(outPixels * results) << 2;
  const xPanelBytes = <usize>(atOnce * framePixels) * VECTOR;
  const dyPanelBytes = <usize>(atOnce * outPixels) * 2 * VECTOR;
  const channelPanels = (channels + 3) >> 2;
  const resultPanels = (results + 7) >> 3;
  const panelSums = <usize>(channelPanels * filterHeight * filterWidth) * TILE;

  const offsets = scratch;
  const xPanels = (scratch + (<usize>(atOnce * outPixels) << 2) + 15) & ~15;
  const dyPanels = xPanels + <usize>channelPanels * xPanelBytes;

  const sums = job.sums + <usize>task * job.groupBytes;
  const firstImage = (images * task) / groups;
  const endImage = (images * (task + 1)) / groups;

  writeOffsets(offsets, atOnce, framePixels, frameWidth, outHeight, outWidth, strideHeight, strideWidth);

  for (let image = firstImage; image < endImage; image += atOnce) {
    const present = min(atOnce, endImage - image);
    for (let i = 0; i < present; i++) {
      framePanels(
        job.x + <usize>(image + i) * xBytes,
        height, width, channels, top, left,
        xPanels + <usize>(i * framePixels) * VECTOR,
        frameHeight, frameWidth, xPanelBytes,
      );
      dyToPanels(
        job.dy + <usize>(image + i) * dyBytes,
        outPixels, results,
        dyPanels + <usize>(i * outPixels) * 2 * VECTOR,
        dyPanelBytes,
      );
    }
    let tile = sums;
    for (let j = 0; j < resultPanels; ) {
      const isPair = IS_WIDE && j + 1 < resultPanels;
      const dy = dyPanels + <usize>j * dyPanelBytes;
      for (let c = 0; c < channelPanels; c++) {
        const x = xPanels + <usize>c * xPanelBytes;
        for (let row = 0; row < filterHeight; row++) {
          for (let column = 0; column < filterWidth; column++) {
            const tap = <usize>(row * frameWidth + column) * VECTOR;
            if (isPair) {
              addOuterProductsOfTwo(
                x + tap, dy, dy + dyPanelBytes, offsets, present * outPixels,
                tile, tile + panelSums, image == firstImage,
              );
            } else {
              addOuterProducts(x + tap, dy, offsets, present * outPixels, tile, image == firstImage);
            }
            tile += TILE;
          }
        }
      }
      if (isPair) tile += panelSums;
      j += isPair ? 2 : 1;
    }
  }
}

/** For each pixel of dy, the offset of its window in a panel of x. */
function writeOffsets(
  offsets: usize,
  images: i32,
  framePixels: i32,
  frameWidth: i32,
  outHeight: i32,
  outWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
): void {
  for (let image = 0; image < images; image++) {
    for (let y = 0; y < outHeight; y++) {
      for (let x = 0; x < outWidth; x++) {
        const pixel = image * framePixels + y * strideHeight * frameWidth + x * strideWidth;
        store<u32>(offsets, <usize>pixel * VECTOR);
        offsets += 4;
      }
    }
  }
}

/** sums[4 × 8] += Σ_p x[p's window, 4 channels] ⊗ dy[p, 8 results]; the sums start at 0 if `isFirst`. */
function addOuterProducts(x: usize, dy: usize, offsets: usize, pixels: i32, sums: usize, isFirst: bool): void {
  let c00 = f32x4.splat(0);
  let c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0);
  let c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0);
  let c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0);
  let c31 = f32x4.splat(0);
  if (!isFirst) {
    c00 = v128.load(sums);
    c01 = v128.load(sums, VECTOR);
    c10 = v128.load(sums, 2 * VECTOR);
    c11 = v128.load(sums, 3 * VECTOR);
    c20 = v128.load(sums, 4 * VECTOR);
    c21 = v128.load(sums, 5 * VECTOR);
    c30 = v128.load(sums, 6 * VECTOR);
    c31 = v128.load(sums, 7 * VECTOR);
  }
  const end = offsets + (<usize>pixels << 2);
  while (offsets < end) {
    const window = x + load<u32>(offsets);
    const b0 = v128.load(dy);
    const b1 = v128.load(dy, VECTOR);
    let a = v128.load32_splat(window);
    c00 = madd(a, b0, c00);
    c01 = madd(a, b1, c01);
    a = v128.load32_splat(window, 4);
    c10 = madd(a, b0, c10);
    c11 = madd(a, b1, c11);
    a = v128.load32_splat(window, 8);
    c20 = madd(a, b0, c20);
    c21 = madd(a, b1, c21);
    a = v128.load32_splat(window, 12);
    c30 = madd(a, b0, c30);
    c31 = madd(a, b1, c31);
    offsets += 4;
    dy += 2 * VECTOR;
  }
  storeTile(sums, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** The same for two panels of dy. */
function addOuterProductsOfTwo(
  x: usize,
  dy: usize,
  moreDy: usize,
  offsets: usize,
  pixels: i32,
  sums: usize,
  moreSums: usize,
  isFirst: bool,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c02 = f32x4.splat(0), c03 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0), c12 = f32x4.splat(0), c13 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c22 = f32x4.splat(0), c23 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0), c32 = f32x4.splat(0), c33 = f32x4.splat(0);
  if (!isFirst) {
    c00 = v128.load(sums); c01 = v128.load(sums, VECTOR);
    c10 = v128.load(sums, 2 * VECTOR); c11 = v128.load(sums, 3 * VECTOR);
    c20 = v128.load(sums, 4 * VECTOR); c21 = v128.load(sums, 5 * VECTOR);
    c30 = v128.load(sums, 6 * VECTOR); c31 = v128.load(sums, 7 * VECTOR);
    c02 = v128.load(moreSums); c03 = v128.load(moreSums, VECTOR);
    c12 = v128.load(moreSums, 2 * VECTOR); c13 = v128.load(moreSums, 3 * VECTOR);
    c22 = v128.load(moreSums, 4 * VECTOR); c23 = v128.load(moreSums, 5 * VECTOR);
    c32 = v128.load(moreSums, 6 * VECTOR); c33 = v128.load(moreSums, 7 * VECTOR);
  }
  const end = offsets + (<usize>pixels << 2);
  while (offsets < end) {
    const window = x + load<u32>(offsets);
    const b0 = v128.load(dy);
    const b1 = v128.load(dy, VECTOR);
    const b2 = v128.load(moreDy);
    const b3 = v128.load(moreDy, VECTOR);
    let a = v128.load32_splat(window);
    c00 = madd(a, b0, c00); c01 = madd(a, b1, c01); c02 = madd(a, b2, c02); c03 = madd(a, b3, c03);
    a = v128.load32_splat(window, 4);
    c10 = madd(a, b0, c10); c11 = madd(a, b1, c11); c12 = madd(a, b2, c12); c13 = madd(a, b3, c13);
    a = v128.load32_splat(window, 8);
    c20 = madd(a, b0, c20); c21 = madd(a, b1, c21); c22 = madd(a, b2, c22); c23 = madd(a, b3, c23);
    a = v128.load32_splat(window, 12);
    c30 = madd(a, b0, c30); c31 = madd(a, b1, c31); c32 = madd(a, b2, c32); c33 = madd(a, b3, c33);
    offsets += 4;
    dy += 2 * VECTOR;
    moreDy += 2 * VECTOR;
  }
  storeTile(sums, c00, c01, c10, c11, c20, c21, c30, c31);
  storeTile(moreSums, c02, c03, c12, c13, c22, c23, c32, c33);
}

/** Copies an image into panels of 4 channels within a frame of zeros; missing channels become zeros. */
function framePanels(
  image: usize,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  panels: usize,
  frameHeight: i32,
  frameWidth: i32,
  panelStep: usize,
): void {
  const pixelBytes = <usize>channels << 2;
  for (let channel = 0; channel < channels; channel += 4) {
    let to = panels;
    const present = channels - channel;
    for (let frameRow = 0; frameRow < frameHeight; frameRow++) {
      const row = frameRow - top;
      if (row < 0 || row >= height) {
        memory.fill(to, 0, <usize>frameWidth * VECTOR);
        to += <usize>frameWidth * VECTOR;
        continue;
      }
      const line = image + <usize>(row * width) * pixelBytes + (<usize>channel << 2);
      for (let frameColumn = 0; frameColumn < frameWidth; frameColumn++) {
        const column = frameColumn - left;
        let pixel = f32x4.splat(0);
        if (column >= 0 && column < width) {
          const from = line + <usize>column * pixelBytes;
          pixel = present >= 4 ? v128.load(from) : loadPart(from, present);
        }
        v128.store(to, pixel);
        to += VECTOR;
      }
    }
    panels += panelStep;
  }
}

/** Copies the pixels of dy into panels of 8 results; missing results become zeros. */
function dyToPanels(dy: usize, pixels: i32, results: i32, panels: usize, panelStep: usize): void {
  const pixelBytes = <usize>results << 2;
  for (let result = 0; result < results; result += 8) {
    const present = results - result;
    let from = dy + (<usize>result << 2);
    let to = panels;
    for (let pixel = 0; pixel < pixels; pixel++) {
      v128.store(to, present >= 4 ? v128.load(from) : loadPart(from, present));
      v128.store(to, present >= 8 ? v128.load(from, VECTOR) : loadPart(from + VECTOR, present - 4), VECTOR);
      from += pixelBytes;
      to += 2 * VECTOR;
    }
    panels += panelStep;
  }
}

@unmanaged
class ConvBwdFilterFinishJob {
  filter: usize;
  sums: usize;
  groupBytes: usize;
  groups: i32;
  taps: i32;
  channels: i32;
  results: i32;
}

/**
 * Adds up the groups' tiles, in the order of the groups, and stores them in the layout of dW.
 *
 * A task is a panel of 8 results.
 */
export function conv_bwd_filter_finish(job: ConvBwdFilterFinishJob, task: i32, scratch: usize): void {
  const filter = job.filter;
  const groupBytes = job.groupBytes;
  const groups = job.groups;
  const taps = job.taps;
  const channels = job.channels;
  const results = job.results;
  const channelPanels = (channels + 3) >> 2;
  const lanes = min(8, results - task * 8);
  let tile = job.sums + <usize>(task * channelPanels * taps) * TILE;
  for (let channel = 0; channel < channels; channel += 4) {
    const rows = min(4, channels - channel);
    for (let tap = 0; tap < taps; tap++) {
      let from = tile;
      for (let row = 0; row < rows; row++) {
        let low = v128.load(from);
        let high = v128.load(from, VECTOR);
        let next = from;
        for (let group = 1; group < groups; group++) {
          next += groupBytes;
          low = f32x4.add(low, v128.load(next));
          high = f32x4.add(high, v128.load(next, VECTOR));
        }
        const to = filter + ((<usize>((tap * channels + channel + row) * results) + <usize>task * 8) << 2);
        if (lanes == 8) {
          v128.store(to, low);
          v128.store(to, high, VECTOR);
        } else {
          v128.store(scratch, low);
          v128.store(scratch, high, VECTOR);
          for (let lane = 0; lane < lanes; lane++) {
            store<f32>(to + (<usize>lane << 2), load<f32>(scratch + (<usize>lane << 2)));
          }
        }
        from += 2 * VECTOR;
      }
      tile += TILE;
    }
  }
}
