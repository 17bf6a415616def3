import * as v from 'valibot';
import { objectOf, positiveInteger } from './layers/schemaParts.js';
import { type LayerSpec, layerListSchema } from './layerTypes.js';

/** A network as plain JSON data. */
export type ModelSpec = {
  readonly name: string;
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  /** K */
  readonly classes: number;
  readonly layers: readonly LayerSpec[];
};

const fields = {
  name: v.pipe(v.string('be a string'), v.minLength(1, 'not be empty')),
  input: v.pipe(
    v.array(positiveInteger, 'be [height, width, channels]'),
    v.length(3, 'be [height, width, channels]'),
    v.description('[height, width, channels] of an image'),
  ),
  classes: positiveInteger,
  layers: layerListSchema,
};

/** The keys of a spec, for hints. */
export const specKeys: readonly string[] = Object.keys(fields);

/** The single definition of a spec: parseSpec validates with it, and the JSON Schema is generated from it. */
export const modelSpecSchema: v.GenericSchema<ModelSpec> = objectOf(
  fields,
  'A convolutional network of @normlab/models',
) as v.GenericSchema<unknown, unknown> as v.GenericSchema<ModelSpec>;
