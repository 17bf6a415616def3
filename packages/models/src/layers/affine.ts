import type { Tensor1D } from '@tensorflow/tfjs-core';
import { addParam } from './bias.js';
import { type LayerType, one, zero } from './layerType.js';
import { layerOf } from './schemaParts.js';

/**
 * y = scale·x + offset, both learned, one of each per channel: the result of folding a norm that does not follow a
 * conv.
 */
export type AffineSpec = { readonly type: 'affine'; readonly name: string };

/** y = scale·x + offset; initially, scale [C] is 1 and offset [C] is 0. */
export const affine: LayerType<AffineSpec> = {
  schema: layerOf('affine', {}, 'A learned scale and offset for every channel, without normalization'),

  outputShape: ({ input }) => input,

  variables({ input }) {
    const shape = [input.at(-1)!];
    return {
      params: [
        { name: 'scale', shape, initializer: one },
        { name: 'offset', shape, initializer: zero },
      ],
    };
  },

  run: (x, here) => addParam(here.ops.mul(x, here.param<Tensor1D>('scale')), here, 'offset'),
};
