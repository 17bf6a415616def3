import { gridGemm } from './gridGemm';
import { madd } from './madd';
import { padImage } from './padImage';
import {
  transformFilter,
  transformFilterGradient,
  transformGradient,
  transformInput,
  transformOutput,
} from './winogradTransforms';
import { bytes, count, oddLines, VECTOR } from './words';

/** Points of a transformed tile: 6 × 6. */
const POINTS: usize = 36;
/** Bytes of a tile between the two halves of a transform. */
const TEMPORARY: usize = 36 * VECTOR;
/** Bytes of 4 × 8 sums. */
const SUMS: usize = 128;

/**
 * The kernel at the 36 points, in panels of 8 results: [36][K/8][C][8].
 *
 * Tap (i, j) of channel c and result k lies at filter + (3i + j)·tapStep + c·rowStep + k·columnStep; tapStep may be
 * negative, which turns the kernel by half a turn.
 *
 * Words: 0 filter, 1 target, 2 C, 3 K, 4 tapStep, 5 rowStep, 6 columnStep. A task is a panel of results.
 */
export function winogradFilter(words: usize, task: i32, scratch: usize): void {
  const channels = count(words, 2);
  const results = count(words, 3);
  const tapStep = bytes(words, 4);
  const rowStep = bytes(words, 5);
  const columnStep = bytes(words, 6);
  const panels = (results + 7) >> 3;
  const pointStep = oddLines(<usize>(panels * channels) * 2 * VECTOR);
  const taps = scratch + TEMPORARY;
  let to = bytes(words, 1) + <usize>(task * channels) * 2 * VECTOR;
  for (let channel = 0; channel < channels; channel++) {
    for (let half = 0; half < 2; half++) {
      const result = task * 8 + half * 4;
      let from = bytes(words, 0) + <usize>channel * rowStep + <usize>result * columnStep;
      for (let tap: usize = 0; tap < 9; tap++) {
        let values = f32x4.splat(0);
        if (result < results) {
          values =
            columnStep == 4
              ? v128.load(from)
              : f32x4(
                  load<f32>(from),
                  load<f32>(from + columnStep),
                  load<f32>(from + 2 * columnStep),
                  load<f32>(from + 3 * columnStep),
                );
        }
        v128.store(taps + tap * VECTOR, values);
        from += tapStep;
      }
      transformFilter(taps, scratch, to, pointStep);
      to += VECTOR;
    }
  }
}

/**
 * A 3×3 convolution of stride 1 through the transforms. A task is some small images, or a strip of a large one.
 *
 * Words: 0 source, 1 target, 2 kernel at the points, 3 images, 4 images in a task, 5 H, 6 W, 7 C, 8 top, 9 left,
 * 10 result's H, 11 W, 12 K, 13 rows of tiles in a strip, 14 strips. Scratch: a temporary, the frame, both
 * transformed sides.
 */
export function winogradConvolve(words: usize, task: i32, scratch: usize): void {
  const filter = bytes(words, 2);
  const imagesAtOnce = count(words, 4);
  const height = count(words, 5);
  const width = count(words, 6);
  const channels = count(words, 7);
  const outWidth = count(words, 11);
  const results = count(words, 12);
  const strips = count(words, 14);
  const firstImage = (task / strips) * imagesAtOnce;
  const firstRow = (task % strips) * count(words, 13) * 4;
  const outHeight = min(count(words, 10) - firstRow, 4 * count(words, 13));
  const images = min(imagesAtOnce, count(words, 3) - firstImage);
  const tileRows = (outHeight + 3) >> 2;
  const tileColumns = (outWidth + 3) >> 2;
  const tiles = tileRows * tileColumns * images;
  const frameWidth = 4 * tileColumns + 2;
  const frameHeight = 4 * tileRows + 2;
  const pixelBytes = <usize>channels << 2;
  const resultBytes = <usize>results << 2;
  const frame = scratch + TEMPORARY;
  const inputs = (frame + <usize>(frameHeight * frameWidth) * pixelBytes + 63) & ~63;
  const inputStep = oddLines(<usize>tiles * pixelBytes);
  const outputs = (inputs + POINTS * inputStep + 63) & ~63;
  const outputStep = oddLines(<usize>tiles * resultBytes);

  let to = inputs;
  for (let i = 0; i < images; i++) {
    const image = bytes(words, 0) + <usize>((firstImage + i) * height * width) * pixelBytes;
    padImage(
      image, height, width, pixelBytes, count(words, 8) - firstRow, count(words, 9),
      frame, frameHeight, frameWidth,
    );
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const corner = frame + <usize>(4 * (tileRow * frameWidth + tileColumn)) * pixelBytes;
        for (let channel: usize = 0; channel < pixelBytes; channel += VECTOR) {
          const rowStep = <usize>frameWidth * pixelBytes;
          transformInput(corner + channel, rowStep, pixelBytes, scratch, to + channel, inputStep);
        }
        to += pixelBytes;
      }
    }
  }

  const filterStep = oddLines(<usize>(((results + 7) >> 3) * channels) * 2 * VECTOR);
  for (let point: usize = 0; point < POINTS; point++) {
    gridGemm(
      inputs + point * inputStep, pixelBytes, 0, tiles, 1,
      1, pixelBytes, pixelBytes,
      filter + point * filterStep, results,
      outputs + point * outputStep, resultBytes, 0,
      scratch,
    );
  }

  let from = outputs;
  for (let i = 0; i < images; i++) {
    const row = (firstImage + i) * count(words, 10) + firstRow;
    const strip = bytes(words, 1) + <usize>(row * outWidth) * resultBytes;
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const corner = strip + <usize>(4 * (tileRow * outWidth + tileColumn)) * resultBytes;
        const rows = min(4, outHeight - 4 * tileRow);
        const columns = min(4, outWidth - 4 * tileColumn);
        for (let result: usize = 0; result < resultBytes; result += VECTOR) {
          transformOutput(
            from + result, outputStep, scratch,
            corner + result, <usize>outWidth * resultBytes, resultBytes, rows, columns,
          );
        }
        from += resultBytes;
      }
    }
  }
}

/**
 * Both sides of the gradient by the kernel at the 36 points, for some strips of images: x in panels of 4 channels
 * [36][C/4][tiles][4], dy in panels of 8 results [36][K/8][tiles][8]. A task is a strip; what it reaches over the
 * edge is 0.
 *
 * Words: 0 x, 1 dy, 2 x's panels, 3 dy's panels, 4 strips at once, 5 H, 6 W, 7 C, 8 top, 9 left, 10 dy's H, 11 W,
 * 12 K, 13 rows of tiles in a strip, 14 strips of an image, 15 the first strip. Scratch: a temporary, a frame for
 * either.
 */
export function winogradBackPanels(words: usize, task: i32, scratch: usize): void {
  const height = count(words, 5);
  const width = count(words, 6);
  const channels = count(words, 7);
  const outHeight = count(words, 10);
  const outWidth = count(words, 11);
  const results = count(words, 12);
  const tileRows = count(words, 13);
  const strip = count(words, 15) + task;
  const image = strip / count(words, 14);
  const firstRow = (strip % count(words, 14)) * tileRows * 4;
  const tileColumns = (outWidth + 3) >> 2;
  const tilesOfStrip = tileRows * tileColumns;
  const tiles = tilesOfStrip * count(words, 4);
  const pixelBytes = <usize>channels << 2;
  const resultBytes = <usize>results << 2;
  const frame = scratch + TEMPORARY;
  const channelPanels = channels >> 2;
  const resultPanels = (results + 7) >> 3;

  let frameWidth = 4 * tileColumns + 2;
  padImage(
    bytes(words, 0) + <usize>(image * height * width) * pixelBytes, height, width, pixelBytes,
    count(words, 8) - firstRow, count(words, 9),
    frame, 4 * tileRows + 2, frameWidth,
  );
  const xPanelStep = <usize>tiles * VECTOR;
  const xPointStep = oddLines(<usize>channelPanels * xPanelStep);
  for (let panel = 0; panel < channelPanels; panel++) {
    let to = bytes(words, 2) + <usize>panel * xPanelStep + <usize>(task * tilesOfStrip) * VECTOR;
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const corner = frame + <usize>(4 * (tileRow * frameWidth + tileColumn)) * pixelBytes;
        transformInput(
          corner + <usize>panel * VECTOR, <usize>frameWidth * pixelBytes, pixelBytes, scratch,
          to, xPointStep,
        );
        to += VECTOR;
      }
    }
  }

  frameWidth = 4 * tileColumns;
  padImage(
    bytes(words, 1) + <usize>(image * outHeight * outWidth) * resultBytes, outHeight, outWidth, resultBytes,
    -firstRow, 0,
    frame, 4 * tileRows, frameWidth,
  );
  const dyPanelStep = <usize>tiles * 2 * VECTOR;
  const dyPointStep = oddLines(<usize>resultPanels * dyPanelStep);
  for (let half = 0; half < 2 * resultPanels; half++) {
    const start = bytes(words, 3) + <usize>(half >> 1) * dyPanelStep + <usize>(half & 1) * VECTOR;
    let to = start + <usize>(task * tilesOfStrip) * 2 * VECTOR;
    const isMissing = half * 4 >= results;
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const corner = frame + <usize>(4 * (tileRow * frameWidth + tileColumn)) * resultBytes;
        if (isMissing) {
          for (let point: usize = 0; point < POINTS; point++) {
            v128.store(to + point * dyPointStep, f32x4.splat(0));
          }
        } else {
          transformGradient(
            corner + <usize>half * VECTOR, <usize>frameWidth * resultBytes, resultBytes, scratch,
            to, dyPointStep,
          );
        }
        to += 2 * VECTOR;
      }
    }
  }
}

/**
 * Adds the products of both sides over all tiles, at one point: sums[36][K/8][C/4][4 × 8].
 *
 * Words: 0 x's panels, 1 dy's panels, 2 sums, 3 tiles, 4 C/4, 5 K/8, 6 whether to begin from 0. A task is a point.
 */
export function winogradBackProducts(words: usize, task: i32, scratch: usize): void {
  const tiles = count(words, 3);
  const channelPanels = count(words, 4);
  const resultPanels = count(words, 5);
  const isFirst = count(words, 6) != 0;
  const xPanelBytes = <usize>tiles * VECTOR;
  const dyPanelBytes = <usize>tiles * 2 * VECTOR;
  const x = bytes(words, 0) + <usize>task * oddLines(<usize>channelPanels * xPanelBytes);
  let dy = bytes(words, 1) + <usize>task * oddLines(<usize>resultPanels * dyPanelBytes);
  let sums = bytes(words, 2) + <usize>task * oddLines(<usize>(resultPanels * channelPanels) * SUMS);
  for (let panel = 0; panel < resultPanels; panel++) {
    for (let channel = 0; channel < channelPanels; channel++) {
      addProducts(x + <usize>channel * xPanelBytes, dy, tiles, sums, isFirst);
      sums += SUMS;
    }
    dy += dyPanelBytes;
  }
}

/** sums[4 × 8] += Σ_t x[t, 4] ⊗ dy[t, 8]; from nothing when `isFirst`. */
function addProducts(x: usize, dy: usize, tiles: i32, sums: usize, isFirst: bool): void {
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
  const end = x + <usize>tiles * VECTOR;
  while (x < end) {
    const b0 = v128.load(dy);
    const b1 = v128.load(dy, VECTOR);
    let a = v128.load32_splat(x);
    c00 = madd(a, b0, c00);
    c01 = madd(a, b1, c01);
    a = v128.load32_splat(x, 4);
    c10 = madd(a, b0, c10);
    c11 = madd(a, b1, c11);
    a = v128.load32_splat(x, 8);
    c20 = madd(a, b0, c20);
    c21 = madd(a, b1, c21);
    a = v128.load32_splat(x, 12);
    c30 = madd(a, b0, c30);
    c31 = madd(a, b1, c31);
    x += VECTOR;
    dy += 2 * VECTOR;
  }
  v128.store(sums, c00);
  v128.store(sums, c01, VECTOR);
  v128.store(sums, c10, 2 * VECTOR);
  v128.store(sums, c11, 3 * VECTOR);
  v128.store(sums, c20, 4 * VECTOR);
  v128.store(sums, c21, 5 * VECTOR);
  v128.store(sums, c30, 6 * VECTOR);
  v128.store(sums, c31, 7 * VECTOR);
}

/**
 * The gradient by the kernel from the sums at the 36 points.
 *
 * Words: 0 sums, 1 dW, 2 C, 3 K. A task is a panel of 8 results.
 */
export function winogradBackFilter(words: usize, task: i32, scratch: usize): void {
  const channels = count(words, 2);
  const results = count(words, 3);
  const channelPanels = channels >> 2;
  const pointStep = oddLines(<usize>(((results + 7) >> 3) * channelPanels) * SUMS);
  let sums = bytes(words, 0) + <usize>(task * channelPanels) * SUMS;
  const resultBytes = <usize>results << 2;
  let to = bytes(words, 1) + <usize>task * 2 * VECTOR;
  const halves: usize = task * 8 + 4 < results ? 2 : 1;
  for (let channel = 0; channel < channels; channel++) {
    for (let half: usize = 0; half < halves; half++) {
      transformFilterGradient(
        sums + half * VECTOR, pointStep, scratch,
        to + half * VECTOR, <usize>channels * resultBytes,
      );
    }
    sums += 2 * VECTOR;
    to += resultBytes;
  }
}
