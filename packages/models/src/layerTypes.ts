import * as v from 'valibot';
import { type ActivationSpec, activation } from './layers/activation.js';
import { type AffineSpec, affine } from './layers/affine.js';
import { type ConvSpec, conv } from './layers/conv.js';
import { type DenseSpec, dense } from './layers/dense.js';
import { type DropoutSpec, dropout } from './layers/dropout.js';
import { type GlobalPoolSpec, globalPool } from './layers/globalPool.js';
import type { LayerSchema, LayerType, TracedLayer } from './layers/layerType.js';
import { type NormSpec, norm } from './layers/norm.js';
import { type PoolSpec, poolType } from './layers/pool.js';
import { residualOf } from './layers/residual.js';

/** A layer of a network as plain JSON data. */
export type LayerSpec =
  | ConvSpec
  | NormSpec
  | AffineSpec
  | ActivationSpec
  | PoolSpec
  | DropoutSpec
  | GlobalPoolSpec
  | DenseSpec
  | ResidualSpec;

/**
 * x ↦ layers(x) + shortcut(x).
 *
 * The shortcut is a chain of layers, such as the 1×1 convolution and norm of a projection; if it is left out, it has no
 * parameters: an average pool of size and stride s, where s is the product of the strides inside, then zero channels
 * after the real ones.
 *
 * The layers inside are named by their path: `conv1` in the residual `stage1/block1` is `stage1/block1/conv1`.
 */
export type ResidualSpec = {
  readonly type: 'residual';
  readonly name: string;
  readonly layers: readonly LayerSpec[];
  readonly shortcut?: readonly LayerSpec[];
};

/** A layer of a whole spec in its place. */
export type SpecLayer = TracedLayer<LayerSpec, LayerSpec>;

type LayerTypes = { readonly [Type in LayerSpec['type']]: LayerType<Extract<LayerSpec, { type: Type }>> };

/** Every type of layer by its name. A new layer type needs its own file, a part of the union above, and a line here. */
const layerTypes: LayerTypes = {
  conv,
  norm,
  affine,
  activation,
  pool: poolType,
  dropout,
  globalPool,
  dense,
  residual: residualOf(() => layerListSchema),
};

/** The names of the layer types. */
export const layerTypeNames: readonly string[] = Object.keys(layerTypes);

/** The type of a layer. */
export function typeOf(layer: LayerSpec): LayerType<LayerSpec> {
  return layerTypes[layer.type];
}

/** The name of a layer in errors, and its allowed keys; only its type and kind are known to be right. */
export function describeLayer(layer: object): { readonly called: string; readonly keys: readonly string[] } {
  const { type, kind } = layer as { readonly type: LayerSpec['type']; readonly kind?: unknown };
  const found = layerTypes[type].schema;
  const called = `a ${type} layer`;
  if (found.type === 'strict_object') return { called, keys: Object.keys(found.entries) };
  const object = found.options.find(({ entries }) => v.is(entries.kind!, kind))!;
  return {
    called: kind === undefined ? called : `${called} of kind "${kind}"`,
    keys: Object.keys(object.entries),
  };
}

/** The rule for what a chain of layers holds. */
export const layerRule = 'be a layer, an object with "type" and "name"';

/** A layer of any type. */
export const layerSchema: v.GenericSchema<LayerSpec> = v.variant(
  'type',
  Object.values(layerTypes).map(({ schema }) => schema) as unknown as v.VariantOptions<'type'>,
  ({ path }) => {
    const [place] = path ?? [];
    if (place === undefined) return layerRule;
    if (place.key === 'type') return 'be the type of a layer';
    // The rule of a variant inside this one, such as the kinds of norm.
    const inner: LayerSchema = typeOf(place.input as LayerSpec).schema;
    return inner.type === 'variant' ? inner.message : layerRule;
  },
) as v.GenericSchema<unknown, unknown> as v.GenericSchema<LayerSpec>;

/** A chain of layers. */
export const layerListSchema: v.GenericSchema<readonly LayerSpec[]> = v.pipe(
  v.array(layerSchema, 'be an array of layers'),
  v.minLength(1, 'hold at least one layer'),
);
