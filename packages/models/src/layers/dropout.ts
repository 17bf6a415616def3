import * as v from 'valibot';
import { dropoutMask } from './dropoutMask.js';
import type { LayerType } from './layerType.js';
import { layerOf } from './schemaParts.js';

/** Drops activations at random in training and scales the others by 1/(1 − dropRate). */
export type DropoutSpec = { readonly type: 'dropout'; readonly name: string; readonly dropRate: number };

/** y = x · mask in training, a new mask at each step; y = x in inference. */
export const dropout: LayerType<DropoutSpec> = {
  schema: layerOf(
    'dropout',
    {
      dropRate: v.pipe(v.number('be in [0, 1)'), v.minValue(0, 'be in [0, 1)'), v.ltValue(1, 'be in [0, 1)')),
    },
    'Drops activations at random in training',
  ),

  outputShape: ({ input }) => input,

  run(x, { ops, layer, seed }) {
    const mask = dropoutMask(x.size, layer.dropRate, seed());
    return ops.mul(x, ops.tensor(mask, x.shape));
  },

  infer: (x) => x,
};
