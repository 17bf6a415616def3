import { float32Roundoff } from '../bounds/roundoff.js';
import {
  type Magnitudes,
  type TileGrid,
  tiledErrors,
  tiledKernelGradientErrors,
  turned,
} from '../bounds/tiledSums.js';
import type { StridedTiles } from '../tiledConvolution.js';
import type { Values } from '../values.js';

/**
 * The largest errors of a convolution with stride 2 and of its gradients by tiles: x [N, H, W, D], w [r, r, D, C],
 * dy [N, H′, W′, C], and the rows and columns of padding before x.
 *
 * The first tile of results begins at the first result, that of its inputs with the padding. A tile of m results begins
 * 2m pixels after the one before. A tile of the gradient with respect to the input begins with the padding too, at the
 * row of dy before the first, and m of its rows belong to m/2 rows of dy.
 */
export function stridedErrors(
  x: Values,
  w: Values,
  dy: Values,
  before: readonly [number, number],
  { forward, backward, productsPerChannel }: StridedTiles,
): { readonly y: Float64Array; readonly dx: Float64Array; readonly dw: Float64Array } {
  const [input, filter, slope] = [magnitudesOf(x), magnitudesOf(w), magnitudesOf(dy)];
  const ofResults: TileGrid = {
    results: [dy.shape[1]!, dy.shape[2]!],
    step: 2 * forward.output.length,
    inputBefore: before,
    resultBefore: [0, 0],
    productsPerChannel,
  };
  const ofInputs: TileGrid = {
    results: [x.shape[1]!, x.shape[2]!],
    step: backward.output.length / 2,
    inputBefore: [1, 1],
    resultBefore: before,
    productsPerChannel: 1,
  };
  return {
    y: tiledErrors(input, filter, forward, float32Roundoff, ofResults),
    dx: tiledErrors(slope, turned(filter), backward, float32Roundoff, ofInputs),
    dw: tiledKernelGradientErrors(input, slope, forward, float32Roundoff, ofResults),
  };
}

function magnitudesOf({ data, shape }: Values): Magnitudes {
  return { shape, values: Float64Array.from(data, Math.abs) };
}
