import type { backend_util } from '@tensorflow/tfjs-core';
import type { KeptFilters, PlacedFilter } from '../runtime/keptFilters.js';
import type { Job, KernelRuntime } from '../runtime/kernelRuntime.js';
import { asItIs, type Finish } from './finish.js';

const floatBytes = 4;
/** Columns per panel in `assembly/gridGemm.ts`. */
const panelColumns = 8;

/** One grid of results, and the part of the filter that computes them. */
export type Phase = {
  /** The pixel of the frame at which the first window begins. */
  readonly originRow: number;
  readonly originColumn: number;
  /** Pixels from a window to the next one, down and right. */
  readonly stepRow: number;
  readonly stepColumn: number;
  readonly height: number;
  readonly width: number;
  /** Taps of the filter by row and column of the window: [kh, kw]. */
  readonly taps: readonly (readonly (readonly [number, number])[])[];
  /** The pixel of the result for the first window, and the step to the next one. */
  readonly targetRow: number;
  readonly targetColumn: number;
  readonly targetStepRow: number;
  readonly targetStepColumn: number;
};

/** A planned convolution: its source, its target, and the grids between them. */
export type ConvolutionPlan = {
  readonly kernel: 'conv_fwd' | 'conv_bwd_input';
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** The position of the image in its frame of zeros; a negative position crops it. */
  readonly top: number;
  readonly left: number;
  readonly frameHeight: number;
  readonly frameWidth: number;
  readonly targetHeight: number;
  readonly targetWidth: number;
  readonly targetChannels: number;
  readonly phases: readonly Phase[];
  /**
   * The filter's matrix of one tap, [C, K]: floats from one source channel to the next, and from one target channel to
   * the next.
   */
  readonly tapRowStep: number;
  readonly tapColumnStep: number;
  readonly filterWidth: number;
  readonly tapFloats: number;
};

/** The forward convolution: one phase. */
export function forwardPlan(conv: backend_util.Conv2DInfo): ConvolutionPlan {
  const frameHeight = (conv.outHeight - 1) * conv.strideHeight + conv.filterHeight;
  const frameWidth = (conv.outWidth - 1) * conv.strideWidth + conv.filterWidth;
  const rows = range(conv.filterHeight);
  const columns = range(conv.filterWidth);
  return {
    kernel: 'conv_fwd',
    images: conv.batchSize,
    height: conv.inHeight,
    width: conv.inWidth,
    channels: conv.inChannels,
    top: conv.padInfo.top,
    left: conv.padInfo.left,
    frameHeight,
    frameWidth,
    targetHeight: conv.outHeight,
    targetWidth: conv.outWidth,
    targetChannels: conv.outChannels,
    phases: [
      {
        originRow: 0,
        originColumn: 0,
        stepRow: conv.strideHeight,
        stepColumn: conv.strideWidth,
        height: conv.outHeight,
        width: conv.outWidth,
        taps: rows.map((row) => columns.map((column) => [row, column] as const)),
        targetRow: 0,
        targetColumn: 0,
        targetStepRow: 1,
        targetStepColumn: 1,
      },
    ],
    tapRowStep: conv.outChannels,
    tapColumnStep: 1,
    filterWidth: conv.filterWidth,
    tapFloats: conv.inChannels * conv.outChannels,
  };
}

/**
 * The gradient of a convolution with respect to its input: for each phase of the stride, one convolution of dy with the
 * taps that reach it.
 *
 * Tap i reaches row h = s·y + p of dx if i ≡ p + top (mod s), from row (h + top − i)/s of dy: if i increases by s, the
 * row decreases by one. So a phase is a stride-1 convolution with every s-th tap, in reverse.
 */
export function backwardPlan(conv: backend_util.Conv2DInfo): ConvolutionPlan {
  const rows = range(conv.strideHeight).map((phase) =>
    phaseLine(phase, conv.strideHeight, conv.padInfo.top, conv.filterHeight, conv.inHeight),
  );
  const columns = range(conv.strideWidth).map((phase) =>
    phaseLine(phase, conv.strideWidth, conv.padInfo.left, conv.filterWidth, conv.inWidth),
  );
  const top = Math.max(...rows.map(({ first }) => -first));
  const left = Math.max(...columns.map(({ first }) => -first));
  return {
    kernel: 'conv_bwd_input',
    images: conv.batchSize,
    height: conv.outHeight,
    width: conv.outWidth,
    channels: conv.outChannels,
    top,
    left,
    frameHeight: Math.max(...rows.map(({ end }) => end)) + top,
    frameWidth: Math.max(...columns.map(({ end }) => end)) + left,
    targetHeight: conv.inHeight,
    targetWidth: conv.inWidth,
    targetChannels: conv.inChannels,
    phases: rows.flatMap((row, targetRow) =>
      columns.map((column, targetColumn) => ({
        originRow: row.first + top,
        originColumn: column.first + left,
        stepRow: 1,
        stepColumn: 1,
        height: row.count,
        width: column.count,
        taps: row.taps.map((i) => column.taps.map((j) => [i, j] as const)),
        targetRow,
        targetColumn,
        targetStepRow: conv.strideHeight,
        targetStepColumn: conv.strideWidth,
      })),
    ),
    tapRowStep: 1,
    tapColumnStep: conv.outChannels,
    filterWidth: conv.filterWidth,
    tapFloats: conv.inChannels * conv.outChannels,
  };
}

/** Runs a planned convolution from one address to another; the filter's panels may be kept. */
export function runConvolution(
  runtime: KernelRuntime,
  filters: KeptFilters,
  plan: ConvolutionPlan,
  source: number,
  filter: PlacedFilter,
  target: number,
  finish: Finish = asItIs,
): void {
  const phases = plan.phases.filter(({ height, width }) => height > 0 && width > 0);
  const panels = Math.ceil(plan.targetChannels / panelColumns);
  const depths = phases.map(({ taps }) => taps.flat().length * plan.channels);
  const panelBytes = depths.map((depth) => depth * panelColumns * floatBytes);
  const phaseOffsets = panelBytes.map((_, i) => sum(panelBytes.slice(0, i)) * panels);
  const panelsAt = (packed: number) => phaseOffsets.map((offset) => packed + offset);
  // Those of a gradient depend on its stride and padding too, and are used once.
  const { kernel, channels, targetChannels, filterWidth } = plan;
  const name =
    kernel === 'conv_fwd'
      ? `${kernel} ${phases[0]?.taps.length} ${filterWidth} ${channels} ${targetChannels}`
      : undefined;
  filters.with(
    filter.dataId,
    name,
    Math.max(16, sum(panelBytes) * panels),
    (packed) => runtime.run(packJob(plan, phases, filter.address, panelsAt(packed), panelBytes)),
    (packed) => runtime.run(convolveJob(plan, phases, source, target, panelsAt(packed), finish)),
  );
}

function packJob(
  plan: ConvolutionPlan,
  phases: readonly Phase[],
  filter: number,
  phasePanels: readonly number[],
  panelBytes: readonly number[],
): Job {
  const tapBytes = plan.channels * panelColumns * floatBytes;
  const rectangles = phases.flatMap(({ taps }, phase) =>
    taps.flat().map(([row, column], tap) => ({
      source: filter + (row * plan.filterWidth + column) * plan.tapFloats * floatBytes,
      target: phasePanels[phase]! + tap * tapBytes,
      panelStep: panelBytes[phase]!,
    })),
  );
  return {
    kernel: 'pack_panels',
    job: {
      rows: plan.channels,
      columns: plan.targetChannels,
      rowStep: plan.tapRowStep * floatBytes,
      columnStep: plan.tapColumnStep * floatBytes,
      rectangles,
    },
    tasks: rectangles.length,
  };
}

function convolveJob(
  plan: ConvolutionPlan,
  phases: readonly Phase[],
  source: number,
  target: number,
  phasePanels: readonly number[],
  { bias, isRectified }: Finish,
): Job {
  const pixelBytes = plan.channels * floatBytes;
  const targetPixelBytes = plan.targetChannels * floatBytes;
  const imageIsFrame =
    plan.top === 0 && plan.left === 0 && plan.frameHeight <= plan.height && plan.frameWidth <= plan.width;
  const frameHeight = imageIsFrame ? plan.height : plan.frameHeight;
  const frameWidth = imageIsFrame ? plan.width : plan.frameWidth;
  const frameBytes = imageIsFrame ? 0 : frameHeight * frameWidth * pixelBytes;
  return {
    kernel: plan.kernel,
    job: {
      source,
      imageBytes: plan.height * plan.width * pixelBytes,
      target,
      targetBytes: plan.targetHeight * plan.targetWidth * targetPixelBytes,
      height: plan.height,
      width: plan.width,
      pixelBytes,
      top: plan.top,
      left: plan.left,
      frameHeight,
      frameWidth,
      columns: plan.targetChannels,
      isFramed: !imageIsFrame,
      bias,
      isRectified,
      phases: phases.map((phase, i) => ({
        origin: (phase.originRow * frameWidth + phase.originColumn) * pixelBytes,
        pixelStep: phase.stepColumn * pixelBytes,
        rowStep: phase.stepRow * frameWidth * pixelBytes,
        width: phase.width,
        height: phase.height,
        runs: phase.taps.length,
        runBytes: (phase.taps[0]?.length ?? 0) * pixelBytes,
        panels: phasePanels[i]!,
        target: (phase.targetRow * plan.targetWidth + phase.targetColumn) * targetPixelBytes,
        targetPixelStep: phase.targetStepColumn * targetPixelBytes,
        targetRowStep: phase.targetStepRow * plan.targetWidth * targetPixelBytes,
      })),
    },
    tasks: plan.images,
    scratchBytes: 64 + frameBytes,
  };
}

/** One axis of one phase: its points, the taps that reach them, and the span of dy that they read. */
function phaseLine(phase: number, stride: number, padBefore: number, side: number, length: number) {
  // Negative padding crops, and the remainder of a negative number is negative.
  const firstTap = (((phase + padBefore) % stride) + stride) % stride;
  const taps = range(Math.max(0, Math.ceil((side - firstTap) / stride)))
    .map((k) => firstTap + k * stride)
    .reverse();
  const count = Math.max(0, Math.ceil((length - phase) / stride));
  const first = (phase + padBefore - firstTap) / stride - taps.length + 1;
  return { taps, count, first, end: first + count - 1 + taps.length };
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
