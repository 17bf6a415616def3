import { padImage } from './padImage';
import { BLOCK, multiplyTiles } from './winogradProducts';
import { HALFWAY, transform } from './winogradTransforms';
import { bytes, count, oddLines, VECTOR } from './words';

/** Bytes of a tile of results of which not all are wanted, at most. */
const PARTIAL: usize = 36 * VECTOR;

/**
 * The kernel at all points, in panels of 8 results: [points²][K/8][C][8], channels in multiplyTiles' order.
 *
 * Tap (i, j) of channel c and result k lies at filter + (3i + j)·tapStep + c·rowStep + k·columnStep; tapStep may be
 * negative, which turns the kernel by half a turn.
 *
 * Words: 0 filter, 1 target, 2 C, 3 K, 4 tapStep, 5 rowStep, 6 columnStep, 7 kind, 8 points. A task is a panel of
 * results. Scratch: half a transform, the taps.
 */
export function winogradFilter(words: usize, task: i32, scratch: usize): void {
  const channels = count(words, 2);
  const results = count(words, 3);
  const tapStep = bytes(words, 4);
  const rowStep = bytes(words, 5);
  const columnStep = bytes(words, 6);
  const kind = count(words, 7);
  const pointStep = oddLines(<usize>(((results + 7) >> 3) * channels) * 2 * VECTOR);
  const rowOfPoints = <usize>count(words, 8) * pointStep;
  const taps = scratch + HALFWAY;
  const panel = bytes(words, 1) + <usize>(task * channels) * 2 * VECTOR;
  for (let channel = 0; channel < channels; channel++) {
    const block = channel - (channel % BLOCK);
    const fours = min(BLOCK, channels - block) >> 2;
    const place = block + (channel & 3) * fours + ((channel - block) >> 2);
    const to = panel + <usize>place * 2 * VECTOR;
    for (let half: usize = 0; half < 2; half++) {
      const result = task * 8 + <i32>half * 4;
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
        v128.store(taps + (2 * tap + half) * VECTOR, values);
        from += tapStep;
      }
      }
    transform(
      kind, 2, taps, VECTOR, 6 * VECTOR, 2 * VECTOR, scratch,
      to, VECTOR, rowOfPoints, pointStep,
    );
  }
}

/**
 * A 3×3 convolution through transforms. A task is some small images, or a strip of a large one.
 *
 * Along each axis, a tile of `inputSide` pixels, `inputStep` after the one before, becomes `inputPoints` values; these
 * are multiplied with the kernel's at `points`, and what comes of them is added up at `outputPoints`, which become
 * `outputSide` pixels. Where there are more products than values on a side, several share one: point p above the
 * number of them is value p − 3 (a convolution of stride 2, whose odd pixels have all points of the even ones but the
 * first).
 *
 * Words: 0 source, 1 target, 2 kernel at the points, 3 images, 4 images in a task, 5 H, 6 W, 7 C, 8 top, 9 left,
 * 10 result's H, 11 W, 12 K, 13 rows of tiles in a strip, 14 strips, 15 rows of tiles, 16 columns of tiles,
 * 17 result's top, 18 left (before the first tile), 19 input's kind, 20 inputSide, 21 inputStep, 22 inputPoints,
 * 23 points, 24 outputPoints, 25 outputSide, 26 output's kind.
 * Scratch: half a transform, a tile in part, the frame, both transformed sides.
 */
export function winogradConvolve(words: usize, task: i32, scratch: usize): void {
  const height = count(words, 5);
  const width = count(words, 6);
  const channels = count(words, 7);
  const strips = count(words, 14);
  const firstImage = (task / strips) * count(words, 4);
  const images = min(count(words, 4), count(words, 3) - firstImage);
  const firstTileRow = (task % strips) * count(words, 13);
  const tileRows = min(count(words, 13), count(words, 15) - firstTileRow);
  const tileColumns = count(words, 16);
  const tiles = tileRows * tileColumns * images;
  const fours = (tiles + 3) >> 2;
  const inputKind = count(words, 19);
  const inputSide = count(words, 20);
  const inputStep = count(words, 21);
  const inputPoints = count(words, 22);
  const points = count(words, 23);
  const outputPoints = count(words, 24);
  const frameWidth = inputStep * (tileColumns - 1) + inputSide;
  const frameHeight = inputStep * (tileRows - 1) + inputSide;
  const pixelBytes = <usize>channels << 2;
  const panels = (count(words, 12) + 7) >> 3;
  const frame = scratch + HALFWAY + PARTIAL;
  const inputs = (frame + <usize>(frameHeight * frameWidth) * pixelBytes + 63) & ~63;
  const inputPointStep = oddLines(<usize>fours * 4 * pixelBytes);
  const outputs = inputs + <usize>(inputPoints * inputPoints) * inputPointStep;
  const outputPointStep = oddLines(<usize>(fours * panels) * 8 * VECTOR);

  let tile = 0;
  for (let i = 0; i < images; i++) {
    padImage(
      bytes(words, 0) + <usize>((firstImage + i) * height * width) * pixelBytes, height, width, pixelBytes,
      count(words, 8) - firstTileRow * inputStep, count(words, 9),
      frame, frameHeight, frameWidth,
    );
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const from = frame + <usize>(inputStep * (tileRow * frameWidth + tileColumn)) * pixelBytes;
        transform(
          inputKind, channels >> 2, from, VECTOR, <usize>frameWidth * pixelBytes, pixelBytes, scratch,
          placeOfTile(inputs, tile, pixelBytes), 4 * VECTOR, <usize>inputPoints * inputPointStep, inputPointStep,
        );
        tile++;
      }
    }
  }
  for (; tile < 4 * fours; tile++) {
    clearTile(placeOfTile(inputs, tile, pixelBytes), pixelBytes, inputPoints * inputPoints, inputPointStep);
  }

  let filter = bytes(words, 2);
  const filterPointStep = oddLines(<usize>(panels * channels) * 2 * VECTOR);
  for (let i = 0; i < points; i++) {
    for (let j = 0; j < points; j++) {
      const input = valueOfPoint(i, inputPoints) * inputPoints + valueOfPoint(j, inputPoints);
      const output = valueOfPoint(i, outputPoints) * outputPoints + valueOfPoint(j, outputPoints);
      multiplyTiles(
        inputs + <usize>input * inputPointStep, fours, channels,
        filter, panels,
        outputs + <usize>output * outputPointStep, i < outputPoints && j < outputPoints,
      );
      filter += filterPointStep;
    }
  }
  putOutputs(words, scratch, outputs, outputPointStep, firstImage, images, firstTileRow, tileRows);
}

/** Where the first four channels of a tile are, at the first point. */
// @ts-ignore: decorator
@inline
function placeOfTile(inputs: usize, tile: i32, pixelBytes: usize): usize {
  return inputs + <usize>(tile >> 2) * 4 * pixelBytes + <usize>(tile & 3) * VECTOR;
}

// @ts-ignore: decorator
@inline
function valueOfPoint(point: i32, values: i32): i32 {
  return point < values ? point : point - 3;
}

/** A tile that is not there, for whole fours. */
function clearTile(place: usize, pixelBytes: usize, points: i32, pointStep: usize): void {
  for (let point = 0; point < points; point++) {
    for (let channel: usize = 0; channel < pixelBytes; channel += VECTOR) {
      v128.store(place + 4 * channel, f32x4.splat(0));
    }
    place += pointStep;
  }
}

/** Transforms the products back, into the result. */
function putOutputs(
  words: usize,
  scratch: usize,
  outputs: usize,
  pointStep: usize,
  firstImage: i32,
  images: i32,
  firstTileRow: i32,
  tileRows: i32,
): void {
  const height = count(words, 10);
  const width = count(words, 11);
  const results = count(words, 12);
  const tileColumns = count(words, 16);
  const rowOfPoints = <usize>count(words, 24) * pointStep;
  const side = count(words, 25);
  const kind = count(words, 26);
  const resultBytes = <usize>results << 2;
  const lineBytes = <usize>width * resultBytes;
  const partial = scratch + HALFWAY;
  const tileBytes = <usize>((results + 7) >> 3) * 2 * VECTOR;
  for (let i = 0; i < images; i++) {
    const image = bytes(words, 1) + <usize>((firstImage + i) * height) * lineBytes;
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      const row = (firstTileRow + tileRow) * side - count(words, 17);
      const firstRow = max(0, row);
      const endRow = min(height, row + side);
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const column = tileColumn * side - count(words, 18);
        const firstColumn = max(0, column);
        const endColumn = min(width, column + side);
        if (endRow - firstRow == side && endColumn - firstColumn == side) {
          const to = image + <usize>row * lineBytes + <usize>column * resultBytes;
          transform(
            kind, results >> 2, outputs, VECTOR, rowOfPoints, pointStep, scratch,
            to, VECTOR, lineBytes, resultBytes,
          );
        } else {
          for (let result: usize = 0; result < resultBytes; result += VECTOR) {
            transform(
              kind, 1, outputs + result, 0, rowOfPoints, pointStep, scratch,
              partial, 0, <usize>side * VECTOR, VECTOR,
            );
            for (let y = firstRow; y < endRow; y++) {
              for (let x = firstColumn; x < endColumn; x++) {
                v128.store(
                  image + <usize>y * lineBytes + <usize>x * resultBytes + result,
                  v128.load(partial + <usize>((y - row) * side + x - column) * VECTOR),
                );
              }
            }
          }
        }
        outputs += tileBytes;
      }
    }
  }
}
