import { Conv2D, getBackend, getKernel } from '@tensorflow/tfjs-core';

/**
 * The key by which a backend's entry for `Conv2D` says that its convolutions may use Winograd's algorithm. The same in
 * all copies of this package.
 */
export const winogradKey: unique symbol = Symbol.for('@normlab/kernels/winograd');

/**
 * Whether 3×3 and 5×5 convolutions on the active backend may use Winograd's algorithm, whose rounding errors are larger
 * than those of direct sums, and which makes NaN of all results of a tile that reads NaN or infinity.
 */
export function usesWinograd(): boolean {
  const entry: object | undefined = getKernel(Conv2D, getBackend());
  return entry !== undefined && winogradKey in entry;
}
