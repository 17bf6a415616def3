import { NormlabError, OptionError, ShapeError } from '@normlab/errors';
import { resnet } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExportOptions, exportGraphModel, exportOnnx, type TrainedNetwork } from '../src/index.js';
import { usedNetwork } from './networks.js';

withBackend('wasm, one thread');

let network: TrainedNetwork;
beforeAll(() => {
  network = usedNetwork(resnet({ width: 1 / 16, norm: 'bn' }));
});
afterAll(() => tf.dispose([network.params, network.stats]));

const statistics = { mean: [0, 0, 0], sd: [1, 1, 1] };

/** What the type system would not let pass. */
const refused: readonly [string, unknown, typeof OptionError | typeof ShapeError][] = [
  ['more than three lengths', { images: { shape: [32, 32, 3, 9], normalize: 'image' } }, ShapeError],
  ['two lengths', { images: { shape: [32, 32], normalize: 'image' } }, ShapeError],
  ['part of a pixel', { images: { shape: [32.5, 32, 3], normalize: 'image' } }, ShapeError],
  ['no number', { images: { shape: [Number.NaN, 32, 3], normalize: 'image' } }, ShapeError],
  ['texts', { images: { shape: ['32', 32, 3], normalize: 'image' } }, ShapeError],
  ['less than the input', { images: { shape: [32, 31, 3], normalize: 'image' } }, ShapeError],
  ['other channels', { images: { shape: [32, 32, 1], normalize: 'image' } }, ShapeError],
  ['no shape', { images: { normalize: 'image' } }, ShapeError],
  ['another way', { images: { shape: [32, 32, 3], normalize: 'Image' } }, OptionError],
  ['no way', { images: { shape: [32, 32, 3] } }, OptionError],
  ['no sd', { images: { shape: [32, 32, 3], normalize: { mean: [0, 0, 0] } } }, OptionError],
  [
    'a mean too few',
    { images: { shape: [32, 32, 3], normalize: { ...statistics, mean: [0] } } },
    OptionError,
  ],
  [
    'an sd of 0',
    { images: { shape: [32, 32, 3], normalize: { ...statistics, sd: [1, 0, 1] } } },
    OptionError,
  ],
  ['another key', { images: { shape: [32, 32, 3], normalize: 'image', size: 3 } }, OptionError],
  ['classes in one text', { classes: 'abcdefghij' }, OptionError],
  ['numbers as names', { classes: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }, OptionError],
  ['a name too few', { classes: ['a', 'b'] }, OptionError],
  [
    'another key beside the statistics',
    { images: { shape: [32, 32, 3], normalize: { ...statistics, variance: [1, 1, 1] } } },
    OptionError,
  ],
];

describe.each([
  ['exportOnnx', exportOnnx],
  ['exportGraphModel', exportGraphModel],
] as const)('%s refuses', (where, write) => {
  it.each(refused)('%s', async (_, options, kind) => {
    const before = tf.memory().numTensors;
    const written = write(network, options as ExportOptions);
    await expect(written).rejects.toThrow(kind);
    await expect(written).rejects.toThrow(`${where}: `);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each<[string, (whole: TrainedNetwork) => unknown, string]>([
    ['a variable is missing', (whole) => ({ ...whole, params: {} }), "params['stem/conv/kernel'] must exist"],
    ['there are no variables', ({ spec }) => ({ spec }), "params['stem/conv/kernel'] must exist"],
    ['there are no statistics', ({ stats, ...rest }) => rest, "stats['stem/norm/mean'] must exist"],
    ['there is no spec', ({ spec, ...rest }) => rest, 'spec must be an object, but is missing'],
    [
      'the spec is of another kind',
      (whole) => ({ ...whole, spec: 'resnet' }),
      'spec must be an object, got "resnet"',
    ],
    ['the input is no shape', (whole) => ({ ...whole, spec: { ...whole.spec, input: 3 } }), 'input must '],
  ])('a network where %s, also beside options', async (_, change, rule) => {
    const before = tf.memory().numTensors;
    const wrong = change(network) as TrainedNetwork;
    const classes = [...'abcdefghij'];
    for (const options of [{}, { images: { shape: [32, 32, 3], normalize: 'image' }, classes } as const]) {
      const error = await write(wrong, options).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NormlabError);
      expect((error as Error).message).toContain(`${where}: ${rule}`);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});

it.each<[string, (values: number[]) => Iterable<number>]>([
  ['the data of a float tensor', (values) => Float32Array.from(values)],
  ['the data of an integer tensor', (values) => Int32Array.from(values)],
  ['a set', (values) => new Set(values)],
])('takes the statistics as %s too', async (_, kind) => {
  const written = (mean: Iterable<number>, sd: Iterable<number>) => {
    const normalize = { mean, sd };
    return exportOnnx(network, { images: { shape: [32, 32, 3], normalize } } as unknown as ExportOptions);
  };
  const [mean, sd] = [
    [1, 2, 3],
    [3, 4, 5],
  ];
  expect(await written(kind(mean), kind(sd))).toEqual(await written(mean, sd));
});

it('the messages', async () => {
  const messages = await Promise.all(
    [0, 8, 10, 14].map((row) =>
      exportOnnx(network, refused[row]![1] as ExportOptions).catch(({ message }) => message),
    ),
  );
  expect(messages).toEqual([
    "exportOnnx: images.shape must be [H, W, 3] with H ≥ 32 and W ≥ 32, as the network's input is cropped out, got [32,32,3,9].",
    'exportOnnx: images.normalize must be "image", or { mean, sd } with a number for each channel, got "Image".',
    'exportOnnx: images.normalize.sd must hold 3 numbers above 0, one per channel.',
    'exportOnnx: classes must hold the names of the network\'s 10 classes, got "abcdefghij".',
  ]);
});
