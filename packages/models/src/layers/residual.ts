import type { Tensor4D } from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import type * as TensorFunctions from '../tensorFunctions.js';
import { imageShape, paddedSize } from './images.js';
import type { AnyLayer, LayerType, TracedLayer } from './layerType.js';
import { pool } from './pool.js';
import { layerOf } from './schemaParts.js';

/**
 * The layer type of a residual, given the schema of layers, which includes residuals. The type of its spec refers to
 * the layers inside, so it stands in layerTypes.ts.
 */
export const residualOf = <Layer>(
  layerList: () => v.GenericSchema<readonly Layer[]>,
): LayerType<AnyLayer & { readonly shortcut?: readonly Layer[] }> => ({
  schema: layerOf(
    'residual',
    { layers: v.lazy(layerList), shortcut: v.optional(v.lazy(layerList)) },
    'layers(x) + shortcut(x); without a shortcut, x is added, with an average pool and zero channels if the shapes differ',
  ),

  stride: ({ inner }) => totalStride(inner),

  outputShape(place, fault) {
    const [height, width, channels] = imageShape(place, fault);
    const stride = totalStride(place.inner);
    const output = place.inner.at(-1)!.output;
    const around = place.shortcut.at(-1)?.output;
    if (around !== undefined) {
      if (around.join() !== output.join()) {
        fault('.layers', `give [${around.join(', ')}], as the shortcut does`, output);
      }
      return output;
    }
    const [down, across] = [Math.ceil(height / stride), Math.ceil(width / stride)];
    if (output[0] !== down || output[1] !== across || output[2]! < channels) {
      const rule = `give images of ${down}×${across}, like the shortcut, with at least ${channels} channels`;
      fault('.layers', rule, output);
    }
    return output;
  },

  paddedInput({ layer, stride, input }) {
    if (layer.shortcut !== undefined) return 0;
    return paddedSize(input, stride, { stride, padding: 'ceil' });
  },

  run(x, { ops, layer, stride, output, runInner }) {
    const around =
      layer.shortcut === undefined
        ? plainShortcut(ops, x as Tensor4D, stride, output.at(-1)!)
        : runInner('shortcut', x);
    const branch = runInner('inner', x);
    const sum = ops.add(branch, around);
    if (branch !== x) branch.dispose();
    if (around !== x) around.dispose();
    return sum;
  },
});

/**
 * The shortcut path without parameters: average pool with the stride, zero channels after the real ones. Returns x
 * itself if there is nothing to do.
 *
 * Shapes: x [N, H, W, C] → [N, ⌈H/stride⌉, ⌈W/stride⌉, channels].
 */
export function plainShortcut(
  ops: typeof TensorFunctions,
  x: Tensor4D,
  stride: number,
  channels: number,
): Tensor4D {
  const missing = channels - x.shape[3];
  return ops.tidy(() => {
    const windows = { kind: 'average', size: stride, stride, padding: 'ceil' } as const;
    const pooled = stride === 1 ? x : pool(ops, x, windows);
    if (missing === 0) return pooled;
    const margins: [number, number][] = [
      [0, 0],
      [0, 0],
      [0, 0],
      [0, missing],
    ];
    return ops.pad(pooled, margins);
  });
}

/** The product of the strides along a chain of layers: the stride of a shortcut parallel to it. */
function totalStride(layers: readonly TracedLayer[]): number {
  return layers.reduce((product, { stride }) => product * stride, 1);
}
