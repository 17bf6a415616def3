import { decayAsSchedule, outputMean, valuesOf } from '@normlab/laws';
import { deriveSeed, randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { parameterShapes } from '../src/network.js';
import { affineOf, statisticsOf } from '../src/samples/affineSample.js';
import { batchOf } from '../src/samples/batchSample.js';
import { headOf } from '../src/samples/headSample.js';
import { layerOf } from '../src/samples/layerSample.js';
import { labelledBatchOf, paramsOf } from '../src/samples/networkSample.js';
import { draw } from '../src/samples/samples.js';

const batch = {
  shape: [3, 4],
  scale: 2,
  mean: 0,
  quiet: 1,
  outlier: false,
  epsilon: 0,
  seed: 7,
};
const layer = {
  kind: 'conv',
  batch: 2,
  size: 6,
  inputs: 16,
  outputs: 8,
  kernelSize: 3,
  inputScale: 4,
  inputMean: 3,
  kernelScale: 8,
  a: 1,
  b: -5,
  epsilon: 0,
  seed: 7,
} as const;
const network = {
  network: { input: [4, 6, 20], channels: [30, 10], classes: 40, activation: 'relu', epsilon: 0 },
  batch: 5,
  a: 1,
  learningRate: 0.1,
  weightDecay: 0,
  momentum: 0,
  steps: 2,
  seed: 7,
} as const;

/** Mean and standard deviation. */
function momentsOf(data: ArrayLike<number>): [number, number] {
  const values = Array.from(data);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return [mean, Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length)];
}

/** Whether normal values have this mean and standard deviation, within five standard errors of both. */
function expectNormal(data: ArrayLike<number>, mean: number, deviation: number): void {
  const [average, spread] = momentsOf(data);
  expect(Math.abs(average - mean)).toBeLessThan((5 * deviation) / Math.sqrt(data.length));
  expect(Math.abs(spread / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * data.length));
}

describe('a batch', () => {
  it('has the described signs: the mean of every second channel is negative', () => {
    const { data, shape } = batchOf({ ...batch, mean: 1000 });
    expect(shape).toEqual([3, 4]);
    expect(Array.from(data, Math.sign)).toEqual([1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1]);
  });

  it('with an outlier, has its first row eight deviations away, and thousandths of one elsewhere', () => {
    const { data } = batchOf({ ...batch, shape: [500, 2], outlier: true });
    expect([...data.slice(0, 2)]).toEqual([16, 16]);
    expectNormal(data.slice(2), 0, 2 / 1024);
  });

  it('comes with a standard normal δ of its own', () => {
    const { x, dy } = draw('batch', { ...batch, shape: [400, 2], scale: 1 });
    expectNormal(dy.value, 0, 1);
    const products = dy.value.map((each, i) => each * x.value[i]!);
    expect(Math.abs(momentsOf(products)[0])).toBeLessThan(5 / Math.sqrt(800));
  });

  it('with an affine map, has a shift in its own units', () => {
    expect(draw('scaledBatch', { ...batch, a: -3, b: 5 })).toMatchObject({ a: -3, b: 5, shift: 10 });
  });
});

describe('an affine batch', () => {
  const sample = { ...batch, shape: [2, 2000], mean: 3, gain: 2, offset: 4, decay: 0.5 };

  it('has |γ| from half the gain, |β| up to the offset in units of the gain', () => {
    const { scale, offset } = affineOf(sample);
    const magnitudes = scale.data.map(Math.abs);
    expect(scale.shape).toEqual([2000]);
    expect(Math.min(...magnitudes)).toBeCloseTo(1, 1);
    expect(Math.max(...magnitudes)).toBeCloseTo(2, 1);
    expect(Math.max(...scale.data)).toBeCloseTo(2, 1);
    expect(Math.min(...scale.data)).toBeCloseTo(-2, 1);
    expect(offset.shape).toEqual([2000]);
    expect(Math.max(...offset.data) / 8).toBeCloseTo(1, 1);
    expect(Math.min(...offset.data) / 8).toBeCloseTo(-1, 1);
  });

  it('has running statistics of the order of its own, in the units of x', () => {
    const { mean, variance } = statisticsOf(sample);
    expect([mean.shape, variance.shape]).toEqual([[2000], [2000]]);
    expect(Math.max(...mean.data) / 8).toBeCloseTo(1, 1);
    expect(Math.min(...mean.data) / 8).toBeCloseTo(-1, 1);
    expect(Math.min(...variance.data)).toBeCloseTo(1, 1);
    expect(Math.max(...variance.data) / 16).toBeCloseTo(1, 1);
    // The middle of [¼, 4), in units of scale² = 4.
    expect(momentsOf(variance.data)[0] / 8.5).toBeCloseTo(1, 1);
  });

  it('gives a law all of them for its own shape or another, and normal values', () => {
    const { affine, statistics, normal, x } = draw('affineBatch', sample);
    expect(x.shape).toEqual([2, 2000]);
    expect(affine().scale.value).toEqual(Float64Array.from(affineOf(sample).scale.data));
    expect(affine([9, 3]).offset.shape).toEqual([3]);
    expect(Math.min(...affine([9, 300], { positive: true }).scale.value)).toBeGreaterThan(0);
    expect(statistics().mean.value).toEqual(Float64Array.from(statisticsOf(sample).mean.data));
    expect(statistics([9, 3]).variance.shape).toEqual([3]);
    expectNormal(normal([400], 'w').value, 0, 1);
    expectNormal(normal([400], 'w', 5).value, 0, 5);
  });
});

describe('a layer', () => {
  it('has kernels in units of 1/√fan-in, and inputs of the described mean and deviation', () => {
    const { u, kernel, dy } = layerOf(layer);
    expect([u.shape, kernel.shape, dy.shape]).toEqual([
      [2, 6, 6, 16],
      [3, 3, 16, 8],
      [2, 6, 6, 8],
    ]);
    expectNormal(u.data, 12, 4);
    expectNormal(kernel.data, 0, 8 / 12);
    expectNormal(dy.data, 0, 1);
  });

  it('without space has a fan-in of its inputs', () => {
    const { u, kernel, dy } = layerOf({ ...layer, kind: 'dense', outputs: 50 });
    expect([u.shape, kernel.shape, dy.shape]).toEqual([
      [2, 16],
      [16, 50],
      [2, 50],
    ]);
    expectNormal(kernel.data, 0, 8 / 4);
  });

  it('has the bias b in the units of Wu, and none', () => {
    const { bias, zero, u } = draw('layer', layer);
    expect([...bias.value]).toEqual(new Array(8).fill(-160));
    expect([...zero.value]).toEqual(new Array(8).fill(0));
    expect([bias.shape, zero.shape, u.shape]).toEqual([[8], [8], [2, 6, 6, 16]]);
  });
});

describe('a head', () => {
  const head = { batch: 8, size: 2, classes: 3, margin: 10, noise: 0, epsilon: 0, seed: 7 };

  it('without noise has the margin in the right class of every pixel, and the other value elsewhere', () => {
    const { z, labels } = headOf(head, -1);
    expect(z.shape).toEqual([8, 2, 2, 3]);
    const pixel = (label: number) => [0, 1, 2].map((k) => (k === label ? 10 : -1));
    expect([...z.data]).toEqual(labels.flatMap((label) => new Array(4).fill(pixel(label)).flat()));
    expect(new Set(labels).size).toBeGreaterThan(1);
  });

  it('has noise in units of the margin', () => {
    const { z, labels } = draw('head', { ...head, batch: 50, margin: 4, noise: 0.5 }).marked(0);
    const noise = z.value.map((each, i) => each - (labels[Math.floor(i / 12)] === i % 3 ? 4 : 0));
    expectNormal(noise, 0, 2);
  });
});

describe('a network', () => {
  it('has variables by path, in order', () => {
    expect(Object.entries(parameterShapes(network.network))).toEqual([
      ['conv1', [3, 3, 20, 30]],
      ['conv2', [3, 3, 30, 10]],
      ['head', [10, 40]],
      ['headBias', [40]],
    ]);
  });

  it('begins with He’s deviations for the fan-out', () => {
    const params = paramsOf(network);
    expect(Object.keys(params)).toEqual(['conv1', 'conv2', 'head', 'headBias']);
    expectNormal(params.conv1!.data, 0, Math.sqrt(2 / (9 * 30)));
    expectNormal(params.conv2!.data, 0, Math.sqrt(2 / (9 * 10)));
    expectNormal(params.head!.data, 0, Math.sqrt(2 / 40));
    expectNormal(params.headBias!.data, 0, Math.sqrt(2 / 40));
    expect(params.conv1!.data[0]).not.toBe(params.conv2!.data[0]);
  });

  it('has standard normal images', () => {
    const { images, labels } = labelledBatchOf(network, 3);
    expect(images.shape).toEqual([5, 4, 6, 20]);
    expectNormal(images.data, 0, 1);
    expect(labels.length).toBe(5);
  });

  it('gives a law its variables, zeros of their shapes, another direction, and the batch of each step', () => {
    const { params, atRest, direction, batch: batchAt } = draw('network', { ...network, seed: 2 ** 32 - 1 });
    expect(params.conv1!.value).toEqual(
      Float64Array.from(paramsOf({ ...network, seed: 2 ** 32 - 1 }).conv1!.data),
    );
    expect(atRest.conv1!.shape).toEqual([3, 3, 20, 30]);
    expect(Math.max(...atRest.conv1!.value)).toBe(0);
    // The next seed after the last is 0.
    expect(direction.head!.value).toEqual(Float64Array.from(paramsOf({ ...network, seed: 0 }).head!.data));
    const [first, second] = [batchAt(), batchAt(1)];
    expect(first.images.shape).toEqual([5, 4, 6, 20]);
    expect(first.images.value[0]).not.toBe(second.images.value[0]);
    expect(first.labels).toEqual(labelledBatchOf({ ...network, seed: 2 ** 32 - 1 }, 0).labels);
  });
});

it('a rotation has normal weights, and other noise at each step', () => {
  const sample = {
    batch: 20,
    inputs: 30,
    outputs: 16,
    learningRate: 1,
    decay: 0.2,
    momentum: 0,
    seed: 7,
  };
  const { kernel, rest, zero, noise } = draw('rotation', sample);
  expect([kernel.shape, rest.shape, zero.shape]).toEqual([[30, 16], [30, 16], [16]]);
  expect([...rest.value, ...zero.value].some((each) => each !== 0)).toBe(false);
  expectNormal(kernel.value, 0, 1);
  const steps = [noise(1), noise(2)];
  for (const { u, dy } of steps) {
    expect([u.shape, dy.shape]).toEqual([
      [20, 30],
      [20, 16],
    ]);
    expectNormal(u.value, 0, 1);
    expectNormal(dy.value, 0, 1);
  }
  const first = steps.flatMap(({ u, dy }) => [u.value[0], dy.value[0]]);
  expect(new Set([...first, kernel.value[0]]).size).toBe(5);
});

it('each array of a sample is a stream of its own, by its name: a printed sample gives the same numbers later', () => {
  const stream = (...names: (string | number)[]) => randomStream(deriveSeed(7, ...names));
  const first = (name: string) => Math.fround(stream(name).normal());
  expect(batchOf({ ...batch, scale: 1 }).data[0]).toBe(first('x'));
  expect(draw('batch', batch).dy.value[0]).toBe(first('dy'));
  expect(layerOf({ ...layer, inputScale: 1, inputMean: 0 }).u.data[0]).toBe(first('u'));
  expect(layerOf({ ...layer, kernelScale: 12 }).kernel.data[0]).toBe(first('kernel'));
  expect(layerOf(layer).dy.data[0]).toBe(first('dy'));
  const affine = { ...batch, gain: 2, offset: 4, decay: 0.5 };
  expect(Math.abs(affineOf(affine).scale.data[0]!)).toBe(Math.fround(2 * stream('affine').uniform(0.5, 1)));
  expect(statisticsOf(affine).mean.data[0]).toBe(Math.fround(2 * stream('statistics').uniform(-1, 1)));
  const head = { batch: 1, size: 1, classes: 1000, margin: 1, noise: 0, epsilon: 0, seed: 7 };
  expect(headOf(head, 0).labels).toEqual([stream('head').integer(1000)]);
  const { images, labels } = labelledBatchOf(network, 3);
  expect(labels[0]).toBe(stream('labels', 3).integer(40));
  const ofImages = randomStream(deriveSeed(deriveSeed(7, 'images', 3), 'x'));
  expect(images.data[0]).toBe(Math.fround(ofImages.normal()));
  const rotation = {
    ...{ batch: 1, inputs: 1, outputs: 1 },
    learningRate: 1,
    decay: 1,
    momentum: 0,
    seed: 7,
  };
  expect(draw('rotation', rotation).kernel.value[0]).toBe(first('kernel'));
});

it('valuesOf gives arrays by path, those in records too', () => {
  const paths = ['conv1', 'conv2', 'head', 'headBias'];
  expect(Object.keys(valuesOf(outputMean, batch))).toEqual(['x', 'dy']);
  const values = valuesOf(decayAsSchedule, network);
  expect(Object.keys(values)).toEqual(
    ['params', 'atRest', 'direction'].flatMap((record) => paths.map((path) => `${record}/${path}`)),
  );
  expect(values['params/head']!.shape).toEqual([10, 40]);
  expect(values['params/head']!.data).toEqual(Float64Array.from(paramsOf(network).head!.data));
});
