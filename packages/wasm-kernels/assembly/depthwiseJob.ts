/** The shapes of a depthwise convolution, for the jobs of its gradients. */
@unmanaged
export class DepthwiseJob {
  height: i32;
  width: i32;
  channels: i32;
  /** Results per channel, M. */
  multiplier: i32;
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
