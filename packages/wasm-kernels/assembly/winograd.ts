import { biasRelu } from './biasRelu';
import { oddLines, VECTOR } from './job';
import { padImage } from './padImage';
import { BLOCK, multiplyTiles } from './winogradProducts';
import { HALFWAY, Transform, transform } from './winogradTransforms';

/** The largest size of a tile of results that is stored only partly, and of eight filters' taps, in bytes. */
const PARTIAL: usize = 2 * 25 * VECTOR;

@unmanaged
class WinogradFilterJob {
  filter: usize;
  target: usize;
  channels: i32;
  results: i32;
  tapStep: usize;
  rowStep: usize;
  columnStep: usize;
  transform: Transform;
  /** Rows, and columns, of the filter. */
  side: i32;
  points: i32;
}

/**
 * The filter at all points, in panels of 8 results: [points²][K/8][C][8], channels in multiplyTiles' order.
 *
 * Tap (i, j) of channel c and result k lies at filter + (side·i + j)·tapStep + c·rowStep + k·columnStep; a negative
 * tapStep rotates the filter by 180°.
 *
 * A task is a panel of results. Scratch: half a transform, the taps.
 */
export function winograd_filter(job: WinogradFilterJob, task: i32, scratch: usize): void {
  const channels = job.channels;
  const results = job.results;
  const tapStep = job.tapStep;
  const rowStep = job.rowStep;
  const columnStep = job.columnStep;
  const kind = job.transform;
  const side = <usize>job.side;
  const pointStep = oddLines(<usize>(((results + 7) >> 3) * channels) * 2 * VECTOR);
  const rowOfPoints = <usize>job.points * pointStep;
  const taps = scratch + HALFWAY;
  const panel = job.target + <usize>(task * channels) * 2 * VECTOR;
  for (let channel = 0; channel < channels; channel++) {
    const block = channel - (channel % BLOCK);
    const fours = min(BLOCK, channels - block) >> 2;
    const place = block + (channel & 3) * fours + ((channel - block) >> 2);
    const to = panel + <usize>place * 2 * VECTOR;
    for (let half: usize = 0; half < 2; half++) {
      const result = task * 8 + <i32>half * 4;
      let from = job.filter + <usize>channel * rowStep + <usize>result * columnStep;
      for (let tap: usize = 0; tap < side * side; tap++) {
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
      kind, 1, 2 * VECTOR, taps, 0, 2 * side * VECTOR, 2 * VECTOR, scratch,
      to, 0, rowOfPoints, pointStep,
    );
  }
}

@unmanaged
class WinogradJob {
  source: usize;
  target: usize;
  /** The filter at the points: see winograd_filter. */
  filter: usize;
  images: i32;
  imagesInTask: i32;
  height: i32;
  width: i32;
  channels: i32;
  /** Padding before the image. */
  top: i32;
  left: i32;
  outHeight: i32;
  outWidth: i32;
  /** Channels of the target, K. */
  results: i32;
  /** Tile rows per strip, strips per image, and tile rows and tile columns per image. */
  stripRows: i32;
  strips: i32;
  tileRows: i32;
  tileColumns: i32;
  /** Rows and columns of the first tile above and left of the output. */
  outTop: i32;
  outLeft: i32;
  inputTransform: Transform;
  inputSide: i32;
  inputStep: i32;
  inputPoints: i32;
  points: i32;
  outputPoints: i32;
  outputSide: i32;
  outputTransform: Transform;
  /** A strip's results may be divided among tasks: panels of a task, and tasks of a strip. */
  panelsInTask: i32;
  panelTasks: i32;
  /** A bias of each channel of the target, or 0; and whether the sums are cut off below 0: see biasRelu. */
  bias: usize;
  isRectified: bool;
}

/**
 * A convolution with Winograd's transforms, forward (winograd_fwd) or the gradient with respect to the input
 * (winograd_bwd_input). A task is several small images, or a strip of a large one, or some panels of results of either.
 *
 * Along each axis, a tile of `inputSide` pixels, `inputStep` after the one before, becomes `inputPoints` values; these
 * are multiplied with the filter's values at `points`, and the products are added at `outputPoints`, which become
 * `outputSide` pixels. If a side has fewer values than there are products, several products share a value: a point p
 * beyond the number of values uses value p − 3 (in a convolution of stride 2, the odd pixels have all points of the
 * even pixels except the first).
 *
 * Scratch: half a transform, a partial tile, the frame, both transformed sides.
 */
export function winograd_fwd(job: WinogradJob, task: i32, scratch: usize): void {
  const height = job.height;
  const width = job.width;
  const channels = job.channels;
  const strips = job.strips;
  const firstPanel = (task % job.panelTasks) * job.panelsInTask;
  const place = task / job.panelTasks;
  const firstImage = (place / strips) * job.imagesInTask;
  const images = min(job.imagesInTask, job.images - firstImage);
  const firstTileRow = (place % strips) * job.stripRows;
  const tileRows = min(job.stripRows, job.tileRows - firstTileRow);
  const tileColumns = job.tileColumns;
  const tiles = tileRows * tileColumns * images;
  const fours = (tiles + 3) >> 2;
  const inputTransform = job.inputTransform;
  const inputSide = job.inputSide;
  const inputStep = job.inputStep;
  const inputPoints = job.inputPoints;
  const points = job.points;
  const outputPoints = job.outputPoints;
  const frameWidth = inputStep * (tileColumns - 1) + inputSide;
  const frameHeight = inputStep * (tileRows - 1) + inputSide;
  const pixelBytes = <usize>channels << 2;
  const allPanels = (job.results + 7) >> 3;
  const panels = min(job.panelsInTask, allPanels - firstPanel);
  const frame = scratch + HALFWAY + PARTIAL;
  const inputs = (frame + <usize>(frameHeight * frameWidth) * pixelBytes + 63) & ~63;
  const inputPointStep = oddLines(<usize>fours * 4 * pixelBytes);
  const outputs = inputs + <usize>(inputPoints * inputPoints) * inputPointStep;
  const outputPointStep = oddLines(<usize>(fours * panels) * 8 * VECTOR);

  let tile = 0;
  for (let i = 0; i < images; i++) {
    padImage(
      job.source + <usize>((firstImage + i) * height * width) * pixelBytes, height, width, pixelBytes,
      job.top - firstTileRow * inputStep, job.left,
      frame, frameHeight, frameWidth,
    );
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const from = frame + <usize>(inputStep * (tileRow * frameWidth + tileColumn)) * pixelBytes;
        transform(
          inputTransform, channels >> 2, VECTOR, from, VECTOR, <usize>frameWidth * pixelBytes, pixelBytes, scratch,
          placeOfTile(inputs, tile, pixelBytes), 4 * VECTOR, <usize>inputPoints * inputPointStep, inputPointStep,
        );
        tile++;
      }
    }
  }
  for (; tile < 4 * fours; tile++) {
    clearTile(placeOfTile(inputs, tile, pixelBytes), pixelBytes, inputPoints * inputPoints, inputPointStep);
  }

  let filter = job.filter + <usize>(firstPanel * channels) * 2 * VECTOR;
  const filterPointStep = oddLines(<usize>(allPanels * channels) * 2 * VECTOR);
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
  putOutputs(job, scratch, outputs, outputPointStep, firstImage, images, firstTileRow, tileRows, firstPanel, panels);
}

/** The address of the first four channels of a tile, at the first point. */
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

/** Fills a missing tile with zeros, to complete a group of four. */
function clearTile(place: usize, pixelBytes: usize, points: i32, pointStep: usize): void {
  for (let point = 0; point < points; point++) {
    for (let channel: usize = 0; channel < pixelBytes; channel += VECTOR) {
      v128.store(place + 4 * channel, f32x4.splat(0));
    }
    place += pointStep;
  }
}

/** Transforms the products back into the result. */
function putOutputs(
  job: WinogradJob,
  scratch: usize,
  outputs: usize,
  pointStep: usize,
  firstImage: i32,
  images: i32,
  firstTileRow: i32,
  tileRows: i32,
  firstPanel: i32,
  panels: i32,
): void {
  const height = job.outHeight;
  const width = job.outWidth;
  /** Those of the task. */
  const results = min(8 * panels, job.results - 8 * firstPanel);
  const tileColumns = job.tileColumns;
  const rowOfPoints = <usize>job.outputPoints * pointStep;
  const side = job.outputSide;
  const kind = job.outputTransform;
  const pixelBytes = <usize>job.results << 2;
  const resultBytes = <usize>results << 2;
  const lineBytes = <usize>width * pixelBytes;
  const target = job.target + <usize>firstPanel * 2 * VECTOR;
  const bias = job.bias == 0 ? 0 : job.bias + <usize>firstPanel * 2 * VECTOR;
  const partial = scratch + HALFWAY;
  const tileBytes = <usize>panels * 2 * VECTOR;
  for (let i = 0; i < images; i++) {
    const image = target + <usize>((firstImage + i) * height) * lineBytes;
    for (let tileRow = 0; tileRow < tileRows; tileRow++) {
      const row = (firstTileRow + tileRow) * side - job.outTop;
      const firstRow = max(0, row);
      const endRow = min(height, row + side);
      for (let tileColumn = 0; tileColumn < tileColumns; tileColumn++) {
        const column = tileColumn * side - job.outLeft;
        const firstColumn = max(0, column);
        const endColumn = min(width, column + side);
        if (endRow - firstRow == side && endColumn - firstColumn == side) {
          const to = image + <usize>row * lineBytes + <usize>column * pixelBytes;
          transform(
            kind, results >> 3, 2 * VECTOR, outputs, 2 * VECTOR, rowOfPoints, pointStep, scratch,
            to, 2 * VECTOR, lineBytes, pixelBytes,
          );
          if (results & 4) {
            const rest = <usize>(results & ~7) << 2;
            transform(
              kind, 1, VECTOR, outputs + rest, 0, rowOfPoints, pointStep, scratch,
              to + rest, 0, lineBytes, pixelBytes,
            );
          }
        } else {
          for (let result: usize = 0; result < resultBytes; result += VECTOR) {
            transform(
              kind, 1, VECTOR, outputs + result, 0, rowOfPoints, pointStep, scratch,
              partial, 0, <usize>side * VECTOR, VECTOR,
            );
            for (let y = firstRow; y < endRow; y++) {
              for (let x = firstColumn; x < endColumn; x++) {
                v128.store(
                  image + <usize>y * lineBytes + <usize>x * pixelBytes + result,
                  v128.load(partial + <usize>((y - row) * side + x - column) * VECTOR),
                );
              }
            }
          }
        }
        outputs += tileBytes;
      }
    }
    // The rows of this strip.
    const from = max(0, firstTileRow * side - job.outTop);
    const end = min(height, (firstTileRow + tileRows) * side - job.outTop);
    biasRelu(image + <usize>from * lineBytes, (end - from) * width, pixelBytes, results, bias, job.isRectified);
  }
}
