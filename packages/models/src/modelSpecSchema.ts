import { z } from 'zod';
import type { LayerSpec, ModelSpec } from './modelSpec.js';

// Each message is the rule that an error names after "must"; the JSON Schema is made of the same objects.
// Backends compute with 32-bit integers.
const largestInteger = 2 ** 31 - 1;
const positiveInteger = z
  .int('be a positive integer')
  .min(1, 'be a positive integer')
  .max(largestInteger, `be at most ${largestInteger}`);
const flag = z.boolean('be true or false');
const name = z
  .string(nameRule())
  .regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, nameRule())
  .describe('How variables and taps call it; inside a residual, after its name and a slash');

const oneOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, `be one of ${values.map((each) => `"${each}"`).join(', ')}`);

const conv = z
  .strictObject({
    type: z.literal('conv'),
    name,
    channels: positiveInteger.describe('Output channels'),
    kernel: positiveInteger.describe('Height and width of the kernel'),
    stride: positiveInteger,
    padding: oneOf(['same', 'valid']).describe("TensorFlow's paddings"),
    bias: flag.describe('Whether a bias is learned for every channel'),
  })
  .describe('Convolution');

const norm = z
  .strictObject({
    type: z.literal('norm'),
    name,
    gain: flag.describe('Whether a gain is learned; otherwise it is 1'),
    bias: flag.describe('Whether a bias is learned; otherwise it is 0'),
    epsilon: z.number('be a number ≥ 0').min(0, 'be a number ≥ 0'),
    decay: z
      .number('be in [0, 1]')
      .min(0, 'be in [0, 1]')
      .max(1, 'be in [0, 1]')
      .describe('Share of a running statistic that a step keeps'),
  })
  .describe('Batch norm over N, H and W');

const affine = z
  .strictObject({ type: z.literal('affine'), name })
  .describe('A learned scale and offset for every channel, without normalization');

const activation = z
  .strictObject({ type: z.literal('activation'), name, kind: oneOf(['relu', 'prelu', 'tanh']) })
  .describe('Pointwise non-linearity; prelu learns one slope a channel');

const pool = z
  .strictObject({
    type: z.literal('pool'),
    name,
    kind: oneOf(['max', 'average']),
    size: positiveInteger,
    stride: positiveInteger,
    padding: oneOf(['same', 'valid', 'ceil']),
  })
  .describe('Max or average pool; what lies outside the picture takes no part');

const dropout = z
  .strictObject({
    type: z.literal('dropout'),
    name,
    dropRate: z.number('be in [0, 1)').min(0, 'be in [0, 1)').lt(1, 'be in [0, 1)'),
  })
  .describe('Drops activations at random in training');

const globalPool = z.strictObject({ type: z.literal('globalPool'), name }).describe('Mean over H and W');

const dense = z
  .strictObject({ type: z.literal('dense'), name, units: positiveInteger, bias: flag })
  .describe('Fully connected layer, after the global pool');

const residual = z
  .strictObject({
    type: z.literal('residual'),
    name,
    get layers(): z.ZodType<readonly LayerSpec[]> {
      return layers;
    },
  })
  .describe('layers(x) + x, with an average pool and zero channels where the shapes differ');

const layerSchemas = { conv, norm, affine, activation, pool, dropout, globalPool, dense, residual };

/** The layer types there are. */
export const layerTypes: readonly string[] = Object.keys(layerSchemas);

/** The keys of a layer type, for hints. */
export function layerKeys(type: string): readonly string[] {
  const schema = Object.entries(layerSchemas).find(([each]) => each === type)?.[1];
  return schema === undefined ? [] : Object.keys(schema.shape);
}

const layer = z
  .discriminatedUnion('type', [conv, norm, affine, activation, pool, dropout, globalPool, dense, residual], {
    error: ({ input }) =>
      isRecord(input) ? 'be the type of a layer' : 'be a layer, an object with "type" and "name"',
  })
  .meta({ id: 'Layer' });

const layers = z.array(layer, 'be an array of layers').min(1, 'hold at least one layer');

/** The one source of what a spec is: parseSpec validates with it, and the JSON Schema is written from it. */
export const modelSpecSchema: z.ZodType<ModelSpec> = z
  .strictObject(
    {
      name: z.string('be a string').min(1, 'not be empty'),
      input: z
        .tuple([positiveInteger, positiveInteger, positiveInteger], 'be [height, width, channels]')
        .describe('[height, width, channels] of a picture'),
      classes: positiveInteger,
      layers,
    },
    { error: ({ code }) => (code === 'invalid_type' ? 'be an object' : undefined) },
  )
  .describe('A convolutional network of @normlab/models');

export const specKeys: readonly string[] = ['name', 'input', 'classes', 'layers'];

function nameRule(): string {
  return 'be a name: letters, digits, "_", "." and "-", in parts joined by "/"';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
