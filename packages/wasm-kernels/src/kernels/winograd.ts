import type { backend_util } from '@tensorflow/tfjs-core';
import type { KeptFilters, PlacedFilter } from '../runtime/keptFilters.js';
import type { KernelRuntime } from '../runtime/kernelRuntime.js';
import { type ConvSizes, convSizes } from './convSizes.js';
import { fastestWinogradVariant } from './fastestWinogradVariant.js';
import { asItIs, type Finish } from './finish.js';
import { tileGrid } from './tileGrid.js';
import { filterSide, type TileForm, type WinogradVariant } from './winogradVariants.js';

const floatBytes = 4;
/**
 * Bytes of a tile of eight channels halfway through a transform, and of a transform's other scratch memory:
 * `assembly/winogradTransforms.ts`.
 */
export const halfwayBytes = (2 * 64 + 50) * 16;
/**
 * Tiles that are multiplied at once: enough for the product to run at full speed, few enough that both transformed
 * sides stay in a core's second-level cache while the filter streams through it.
 */
const tilesWanted = 8;

/** A convolution by tiles, or its gradient with respect to the input. */
export type WinogradPlan = {
  readonly kernel: 'winograd_fwd' | 'winograd_bwd_input';
  readonly variant: WinogradVariant;
  readonly form: TileForm;
  readonly sizes: ConvSizes;
  /** Rows and columns of the first tile above and left of the output. */
  readonly outTop: number;
  readonly outLeft: number;
  /** The position of tap (0, 0) in the filter, and the floats to the next tap, channel and result. */
  readonly firstTap: number;
  readonly tapStep: number;
  readonly rowStep: number;
  readonly columnStep: number;
};

/** The forward convolution, or undefined if the direct algorithm is faster. */
export function winogradForwardPlan(conv: backend_util.Conv2DInfo): WinogradPlan | undefined {
  const variant = fastestWinogradVariant(conv, 'forward');
  if (variant === undefined) return undefined;
  return {
    kernel: 'winograd_fwd',
    variant,
    form: variant.forward,
    sizes: convSizes(conv),
    outTop: 0,
    outLeft: 0,
    firstTap: 0,
    tapStep: conv.inChannels * conv.outChannels,
    rowStep: conv.outChannels,
    columnStep: 1,
  };
}

/** The gradient with respect to the input: uses the filter rotated by 180°, with its channel axes swapped. */
export function winogradBackwardPlan(conv: backend_util.Conv2DInfo): WinogradPlan | undefined {
  const variant = fastestWinogradVariant(conv, 'backward');
  if (variant === undefined) return undefined;
  const tapFloats = conv.inChannels * conv.outChannels;
  const { top, left } = conv.padInfo;
  const lastTap = filterSide(variant) - 1;
  // At stride 2, tiles of the input begin before its edge, between dy's first row and the row above it.
  const isStrided = variant.stride === 2;
  return {
    kernel: 'winograd_bwd_input',
    variant,
    form: variant.backward,
    sizes: {
      images: conv.batchSize,
      height: conv.outHeight,
      width: conv.outWidth,
      channels: conv.outChannels,
      top: isStrided ? 1 : lastTap - top,
      left: isStrided ? 1 : lastTap - left,
      outHeight: conv.inHeight,
      outWidth: conv.inWidth,
      results: conv.inChannels,
    },
    outTop: isStrided ? top : 0,
    outLeft: isStrided ? left : 0,
    firstTap: (filterSide(variant) ** 2 - 1) * tapFloats,
    tapStep: -tapFloats,
    rowStep: 1,
    columnStep: conv.outChannels,
  };
}

/** Runs a planned convolution from one address to another; the filter's transform may be kept. */
export function runWinograd(
  runtime: KernelRuntime,
  filters: KeptFilters,
  plan: WinogradPlan,
  source: number,
  filter: PlacedFilter,
  target: number,
  { bias, isRectified }: Finish = asItIs,
): void {
  const { form } = plan;
  const { images, height, width, channels, top, left, outHeight, outWidth, results } = plan.sizes;
  const panels = Math.ceil(results / 8);
  const points = form.input.length;
  const formBytes = points ** 2 * oddLines(panels * channels * 8 * floatBytes);
  const { tileRows, tileColumns, strips, rows, tiles, framePixels } = tileGrid(
    form,
    outHeight + plan.outTop,
    outWidth + plan.outLeft,
  );
  const share = Math.ceil(images / (runtime.threads === 1 ? 1 : 2 * runtime.threads));
  const imagesInTask = Math.min(share, imagesOfWholeFours(tiles * strips));
  const places = Math.ceil(images / imagesInTask) * strips;
  // A single image has too few places for several threads: they share its results.
  const panelsInTask = Math.ceil(panels / Math.ceil(runtime.threads / places));
  const panelTasks = Math.ceil(panels / panelsInTask);
  const fours = Math.ceil((tiles * imagesInTask) / 4);
  const sideBytes =
    form.inputPoints ** 2 * oddLines(fours * 4 * channels * floatBytes) +
    form.outputPoints ** 2 * oddLines(fours * 4 * panelsInTask * 8 * floatBytes);
  const name = `${plan.kernel} ${plan.variant.filterTransform} ${channels} ${results}`;
  const transform = (transformed: number) =>
    runtime.run({
      kernel: 'winograd_filter',
      job: {
        filter: filter.address + plan.firstTap * floatBytes,
        target: transformed,
        channels,
        results,
        tapStep: plan.tapStep * floatBytes,
        rowStep: plan.rowStep * floatBytes,
        columnStep: plan.columnStep * floatBytes,
        transform: plan.variant.filterTransform,
        side: filterSide(plan.variant),
        points,
      },
      tasks: panels,
      scratchBytes: halfwayBytes,
    });
  const convolve = (transformed: number) =>
    runtime.run({
      kernel: plan.kernel,
      job: {
        source,
        target,
        filter: transformed,
        images,
        imagesInTask,
        height,
        width,
        channels,
        top,
        left,
        outHeight,
        outWidth,
        results,
        stripRows: rows,
        strips,
        tileRows,
        tileColumns,
        outTop: plan.outTop,
        outLeft: plan.outLeft,
        inputTransform: form.inputTransform,
        inputSide: form.input[0]!.length,
        inputStep: form.inputStep,
        inputPoints: form.inputPoints,
        points,
        outputPoints: form.outputPoints,
        outputSide: form.output.length,
        outputTransform: form.outputTransform,
        panelsInTask,
        panelTasks,
        bias,
        isRectified,
      },
      tasks: places * panelTasks,
      scratchBytes: halfwayBytes + 128 + framePixels * channels * floatBytes + sideBytes,
    });
  filters.with(filter.dataId, name, formBytes, transform, convolve);
}

/** Images to process at once, so that few tiles are missing in the groups of four that are multiplied. */
function imagesOfWholeFours(tiles: number): number {
  const least = Math.ceil(tilesWanted / tiles);
  const missing = (images: number) => (-images * tiles) & 3;
  const candidates = [least, least + 1, least + 2, least + 3];
  return candidates.reduce((best, each) => (missing(each) < missing(best) ? each : best));
}

/** The next odd number of cache lines, as in `assembly/job.ts`. */
export function oddLines(bytes: number): number {
  return 64 * (2 * Math.floor(Math.ceil(bytes / 64) / 2) + 1);
}
