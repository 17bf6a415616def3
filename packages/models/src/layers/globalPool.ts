import { imageShape } from './images.js';
import type { LayerType } from './layerType.js';
import { layerOf } from './schemaParts.js';

/** Mean over H and W. */
export type GlobalPoolSpec = { readonly type: 'globalPool'; readonly name: string };

/** [N, H, W, C] → [N, C]. */
export const globalPool: LayerType<GlobalPoolSpec> = {
  schema: layerOf('globalPool', {}, 'Mean over H and W'),

  outputShape: (place, fault) => [imageShape(place, fault)[2]],

  run: (x, { ops }) => ops.mean(x, [1, 2]),
};
