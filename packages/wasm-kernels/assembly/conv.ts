import { biasRelu } from './biasRelu';
import { gridGemm } from './gridGemm';
import { padImage } from './padImage';
import { List } from './job';

/** One grid of results, with the windows and filter taps from which they are computed: see gridGemm. */
@unmanaged
class ConvPhase {
  /** Offset of the first window in the frame, in bytes. */
  origin: usize;
  /** Bytes from a window to the next one, across and down. */
  pixelStep: usize;
  rowStep: usize;
  width: i32;
  height: i32;
  runs: i32;
  runBytes: usize;
  panels: usize;
  /** Offset of the first result in the target, and steps to the next one, across and down, in bytes. */
  target: usize;
  targetPixelStep: usize;
  targetRowStep: usize;
}

@unmanaged
class ConvJob {
  source: usize;
  imageBytes: usize;
  target: usize;
  targetBytes: usize;
  height: i32;
  width: i32;
  pixelBytes: usize;
  /** The position of the image in its frame; a negative position crops it. */
  top: i32;
  left: i32;
  frameHeight: i32;
  frameWidth: i32;
  /** Channels of the target. */
  columns: i32;
  /** Whether a frame must be created; else the frame is the image itself. */
  isFramed: bool;
  /** A bias of each channel of the target, or 0; and whether the sums are cut off below 0: see biasRelu. */
  bias: usize;
  isRectified: bool;
  phases: List<ConvPhase>;
}

/**
 * Convolves one image: forward (conv_fwd), or the gradient with respect to the input (conv_bwd_input), which is one
 * convolution for each phase of the stride.
 *
 * A task is an image. It is framed with zeros in the thread's scratch (unless the frame is the image itself), then each
 * phase fills its own grid of points of the result.
 */
export function conv_fwd(job: ConvJob, task: i32, scratch: usize): void {
  const pixelBytes = job.pixelBytes;
  const frameWidth = job.frameWidth;
  const columns = job.columns;
  const spare = scratch;
  let frame = job.source + <usize>task * job.imageBytes;
  const target = job.target + <usize>task * job.targetBytes;
  if (job.isFramed) {
    padImage(frame, job.height, job.width, pixelBytes, job.top, job.left, scratch + 64, job.frameHeight, frameWidth);
    frame = scratch + 64;
  }
  const runStep = <usize>frameWidth * pixelBytes;
  const phases = job.phases;
  for (let i = 0; i < phases.length; i++) {
    const phase = phases.at(i);
    gridGemm(
      frame + phase.origin,
      phase.pixelStep,
      phase.rowStep,
      phase.width,
      phase.height,
      phase.runs,
      phase.runBytes,
      runStep,
      phase.panels,
      columns,
      target + phase.target,
      phase.targetPixelStep,
      phase.targetRowStep,
      spare,
    );
  }
  const targetPixel = <usize>columns << 2;
  biasRelu(target, <i32>(job.targetBytes / targetPixel), targetPixel, columns, job.bias, job.isRectified);
}
