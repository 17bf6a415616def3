import { z } from 'zod';
import { positiveInteger } from './layers/schemaParts.js';
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
  name: z.string('be a string').min(1, 'not be empty'),
  input: z
    .tuple([positiveInteger, positiveInteger, positiveInteger], 'be [height, width, channels]')
    .describe('[height, width, channels] of an image'),
  classes: positiveInteger,
  layers: layerListSchema,
};

/** The keys of a spec, for hints. */
export const specKeys: readonly string[] = Object.keys(fields);

/** The single definition of a spec: parseSpec validates with it, and the JSON Schema is generated from it. */
export const modelSpecSchema: z.ZodType<ModelSpec> = z
  .strictObject(fields, {
    error: ({ code }) => (code === 'invalid_type' ? 'be an object' : undefined),
  })
  .describe('A convolutional network of @normlab/models');
