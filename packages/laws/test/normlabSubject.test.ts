import { usesWinograd } from '@normlab/kernels';
import { normlabSubject } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { dyadicValues } from '../src/absolute/dyadicValues.js';
import { type Network, parameterShapes } from '../src/network.js';
import { modelPath, reluHeadSpec, specOf, tanhHeadSpec } from '../src/suite/modelSpecs.js';
import { wasmConvolutions } from '../src/suite/wasmConvolutions.js';
import { mapRecord, type Values } from '../src/values.js';
import { plainSubject } from './plain/plainSubject.js';

vi.mock(import('@normlab/kernels'), async (original) => ({
  ...(await original()),
  usesWinograd: vi.fn(() => false),
}));

const draw = dyadicValues(3);
const positive = (...shape: number[]): Values => {
  const { data } = draw(...shape);
  return { data: data.map((each) => each + 2.25), shape };
};
const network: Network = {
  ...{ channels: [3, 2], classes: 3, epsilon: 0.125 },
  input: [3, 5, 2],
  activation: 'tanh',
};
const params = mapRecord(parameterShapes(network), (shape) => draw(...shape));
const batch = { images: draw(4, ...network.input), labels: [0, 1, 2, 1] };
const [images, flat] = [draw(2, 4, 6, 3), draw(7, 3)];
const affine = { scale: draw(3), offset: draw(3) };
const statistics = { mean: draw(3), variance: positive(3) };
const [dense, filter] = [draw(3, 2), draw(3, 3, 3, 2)];
const bias = draw(2);
const rates = { learningRate: 0.25, weightDecay: 0.5, momentum: 0.75 };
const state = { params: { w: draw(2, 3), v: draw(3) }, velocity: { w: draw(2, 3), v: draw(3) } };
const gradients = { w: draw(2, 3), v: draw(3) };
const atRest = { ...rates, momentum: 0 };

type Call = (subject: typeof normlabSubject) => unknown;
const calls: Readonly<Record<string, Call>> = {
  standardize: (s) => s.standardize(images, 0.5),
  'standardize of rank 2': (s) => s.standardize(flat, 0.5),
  standardizeGradient: (s) => s.standardizeGradient(images, draw2(images), 0.5),
  statistics: (s) => s.statistics(images),
  'a normalized dense layer': (s) => s.normalizedLayer(flat, dense, bias, 0.5),
  'a normalized convolution': (s) => s.normalizedLayer(images, filter, bias, 0.5),
  'gradients of a dense layer': (s) => s.normalizedLayerGradient(flat, dense, bias, twoOf(7), 0.5),
  'gradients of a convolution': (s) => s.normalizedLayerGradient(images, filter, bias, twoOf(2, 4, 6), 0.5),
  batchNorm: (s) => s.batchNorm(images, affine, 0.5),
  batchNormGradient: (s) => s.batchNormGradient(images, affine, draw2(images), 0.5),
  moveStatistics: (s) => s.moveStatistics(images, statistics, 0.75),
  statisticsGradient: (s) => s.statisticsGradient(images, statistics, 0.75),
  batchNormInfer: (s) => s.batchNormInfer(images, affine, statistics, 0.5),
  linear: (s) => s.linear(images, dense, bias),
  fold: (s) => s.fold(draw2(dense), bias, twoChannels, twoStatistics, 0.5),
  'relu and a layer': (s) => s.activatedLayer(images, affine, 'relu', dense, 0.5),
  'prelu and a layer': (s) => s.activatedLayer(images, affine, 'prelu', dense, 0.5),
  'tanh and a layer': (s) => s.activatedLayer(images, affine, 'tanh', dense, 0.5),
  'maxPool and a layer': (s) => s.activatedLayer(images, affine, 'maxPool', dense, 0.5),
  reluHeadLoss: (s) => s.reluHeadLoss(square, [2, 0], 0.5),
  tanhHeadLoss: (s) => s.tanhHeadLoss(square, [2, 0]),
  'loss and gradients with tanh': (s) => s.lossAndGradients(network, params, batch),
  'loss and gradients with relu': (s) =>
    s.lossAndGradients({ ...network, activation: 'relu' }, params, batch),
  logits: (s) => s.logits(network, params, batch.images),
  sgdStep: (s) => s.sgdStep(state, gradients, rates),
  'parameters after sgdStep at rest': async (s) => (await s.sgdStep(state, gradients, atRest)).params,
};
const twoChannels = { scale: draw(2), offset: draw(2) };
const twoStatistics = { mean: draw(2), variance: positive(2) };
const square = draw(2, 3, 3, 3);
const [slopes, others] = [draw(2, 4, 6, 3), draw(2, 4, 6, 2)];
/** Other values of the same shape. */
const draw2 = ({ shape }: Values): Values => ({ data: slopes.data.slice(0, size(shape)), shape });
const twoOf = (...rows: number[]): Values => ({
  data: others.data.slice(0, 2 * size(rows)),
  shape: [...rows, 2],
});
const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** All numbers of a result, by their paths; a result is made of values, records and numbers. */
function numbersOf(node: unknown, path = ''): [string, number[]][] {
  if (typeof node === 'number') return [[path, [node]]];
  const { data, shape, ...others } = node as Partial<Values> & Record<string, unknown>;
  if (data !== undefined) return [[`${path} [${shape}]`, Array.from(data)]];
  return Object.entries(others)
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([key, each]) => numbersOf(each, `${path}.${key}`));
}

describe('normlab as a subject', () => {
  withBackend('cpu');

  // Naive float64, rounded once. Sums of a few dozen float32 terms agree with it to five digits.
  it.each(Object.entries(calls))('%s ≈ the same, written naively', async (_, call) => {
    const before = memory().numTensors;
    const [actual, expected] = [await call(normlabSubject), await call(plainSubject())].map((each) =>
      numbersOf(each),
    );
    expect(memory().numTensors).toBe(before);
    expect(actual!.map(([path]) => path)).toEqual(expected!.map(([path]) => path));
    for (const [i, [path, values]] of expected!.entries()) {
      const unit = 2e-5 * Math.max(1, ...values.map(Math.abs));
      for (const [at, each] of values.entries()) {
        expect(Math.abs(actual![i]![1][at]! - each), path).toBeLessThan(unit);
      }
    }
  });

  it('keeps the velocity where there is no momentum', async () => {
    expect((await normlabSubject.sgdStep(state, gradients, atRest)).velocity).toBe(state.velocity);
  });

  it('has tiles where the backend has Winograd kernels, and only there', () => {
    expect(normlabSubject.tiledConvolutions).toEqual([]);
    vi.mocked(usesWinograd).mockReturnValueOnce(true);
    expect(normlabSubject.tiledConvolutions).toBe(wasmConvolutions);
  });
});

it('tiles cover channels that are multiples of four: large ones, sixteen or more', () => {
  const covered = (shape: readonly number[]) => wasmConvolutions.map(({ covers }) => covers(shape));
  expect(covered([3, 3, 4, 8])).toEqual([true, false, false]);
  expect(covered([3, 3, 6, 8])).toEqual([false, false, false]);
  expect(covered([3, 3, 8, 6])).toEqual([false, false, false]);
  expect(covered([3, 3, 16, 12])).toEqual([true, false, false]);
  expect(covered([3, 3, 12, 16])).toEqual([true, false, false]);
  expect(covered([3, 3, 16, 16])).toEqual([true, true, true]);
  expect(covered([5, 5, 20, 18])).toEqual([false, false, false]);
});

describe('the specs of laws', () => {
  it('have a convolution, a norm and an activation per block, then a mean and a dense layer', () => {
    const conv = (name: string, channels: number) => ({
      ...{ type: 'conv', name, channels, kernel: 3, stride: 1, padding: 'same', bias: false },
    });
    const norm = (name: string) => ({
      ...{ type: 'norm', name, gain: false, bias: false, epsilon: 0.125, decay: 0.9 },
    });
    expect(specOf(network)).toEqual({
      name: 'law-network',
      input: [3, 5, 2],
      classes: 3,
      layers: [
        conv('conv1', 3),
        norm('norm1'),
        { type: 'activation', name: 'tanh1', kind: 'tanh' },
        conv('conv2', 2),
        norm('norm2'),
        { type: 'activation', name: 'tanh2', kind: 'tanh' },
        { type: 'globalPool', name: 'pool' },
        { type: 'dense', name: 'head', units: 3, bias: true },
      ],
    });
    expect(['conv1', 'head', 'headBias'].map(modelPath)).toEqual([
      'conv1/kernel',
      'head/kernel',
      'head/bias',
    ]);
  });

  it('of last layers have a 1×1 convolution, with or without a norm', () => {
    const conv = {
      type: 'conv',
      name: 'conv',
      channels: 4,
      kernel: 1,
      stride: 1,
      padding: 'same',
      bias: false,
    };
    const pool = { type: 'globalPool', name: 'pool' };
    const head = { name: 'law-head', input: [3, 3, 4], classes: 4 };
    expect(reluHeadSpec(3, 4, 0.5)).toEqual({
      ...head,
      layers: [
        conv,
        { type: 'norm', name: 'norm', gain: false, bias: false, epsilon: 0.5, decay: 0.9 },
        { type: 'activation', name: 'relu', kind: 'relu' },
        pool,
      ],
    });
    expect(tanhHeadSpec(3, 4)).toEqual({
      ...head,
      layers: [conv, { type: 'activation', name: 'tanh', kind: 'tanh' }, pool],
    });
  });
});
