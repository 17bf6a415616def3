import { allCnn, buildModel, type ModelSpec, nin, placements, resnet, type Variables } from '@normlab/models';
import { inSoftware, leaked, normalTensor, onBackends, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { descend, lossAndGradients, trainingLoss } from './support/softmaxStep.js';

const small = { width: 1 / 24, input: [8, 8, 3] } as const;

/** A spec written by hand, with sizes that none of the paper's networks has. */
const handwritten: ModelSpec = JSON.parse(`{
  "name": "by hand", "input": [9, 7, 2], "classes": 3,
  "layers": [
    { "type": "conv", "name": "wide", "channels": 5, "kernel": 4, "stride": 1, "padding": "valid", "bias": true },
    { "type": "norm", "name": "norm", "gain": true, "bias": false, "epsilon": 0.001, "decay": 0.5 },
    { "type": "residual", "name": "block", "layers": [
      { "type": "activation", "name": "act", "kind": "prelu" },
      { "type": "residual", "name": "inner", "layers": [
        { "type": "conv", "name": "conv", "channels": 6, "kernel": 3, "stride": 1, "padding": "same", "bias": false }
      ] },
      { "type": "pool", "name": "pool", "kind": "max", "size": 2, "stride": 2, "padding": "same" },
      { "type": "affine", "name": "affine" }
    ] },
    { "type": "dropout", "name": "drop", "dropRate": 0.25 },
    { "type": "globalPool", "name": "mean" },
    { "type": "dense", "name": "hidden", "units": 4, "bias": true },
    { "type": "norm", "name": "last", "gain": false, "bias": true, "epsilon": 0.001, "decay": 0.5 },
    { "type": "activation", "name": "tanh", "kind": "tanh" },
    { "type": "dense", "name": "logits", "units": 3, "bias": false }
  ]
}`);

onBackends('buildModel', inSoftware, () => {
  it('trains a spec written by hand', () => {
    const model = buildModel(handwritten);
    let { params, stats } = model.init(1);
    const batch = { x: normalTensor<tf.Rank.R4>([6, 9, 7, 2], 1), labels: [0, 1, 2, 0, 1, 2] };
    const first = trainingLoss(model, { params, stats }, batch, 0);
    for (let step = 0; step < 30; step++) {
      const { gradients } = lossAndGradients(model, { params, stats }, batch, 0);
      const next = descend(params, gradients, 0.1);
      tf.dispose([params, gradients]);
      params = next;
    }
    expect(trainingLoss(model, { params, stats }, batch, 0)).toBeLessThan(first / 2);
    tf.dispose([params, stats, batch.x]);
  });

  it('gives the same bytes for the same seed, and other dropout for another seed', () => {
    const model = buildModel(nin({ ...small, input: [9, 9, 3] }));
    const { params, stats } = model.init(1);
    const x = normalTensor<tf.Rank.R4>([2, 9, 9, 3], 1);
    const logits = (seed: number) =>
      tf.tidy(() => model.applyTrain(params, stats, x, { seed }).logits.dataSync());
    expect(logits(5)).toEqual(logits(5));
    expect(logits(5)).not.toEqual(logits(6));
    tf.dispose([params, stats, x]);
  });

  it('updates the statistics with the batch: decay · old + (1 − decay) · new', () => {
    const spec: ModelSpec = {
      name: 'one norm',
      input: [1, 2, 1],
      classes: 1,
      layers: [
        { type: 'norm', name: 'norm', gain: false, bias: false, epsilon: 0, decay: 0.75 },
        { type: 'globalPool', name: 'pool' },
      ],
    };
    const model = buildModel(spec);
    const { params, stats } = model.init(0);
    const x = tf.tensor4d([0, 2, 4, 6], [2, 1, 2, 1]);
    const pass = model.applyTrain(params, stats, x, { seed: 0 });
    expect(pass.stats['norm/mean']!.dataSync()[0]).toBeCloseTo(0.25 * 3, 6);
    expect(pass.stats['norm/variance']!.dataSync()[0]).toBeCloseTo(0.75 + 0.25 * 5, 6);
    tf.dispose([params, stats, x, pass]);
  });

  it('taps return the outputs of layers, each as a separate tensor, and change nothing', () => {
    const model = buildModel(resnet({ ...small, norm: 'cbn-all' }));
    const { params, stats } = model.init(1);
    const x = normalTensor<tf.Rank.R4>([2, 8, 8, 3], 1);
    // final/norm is fused with its ReLU, unless it is tapped.
    const taps = ['stem/conv', 'stage2/block1/conv3', 'stage2/block1', 'final/norm', 'dense'];
    const tapped = model.applyWith(params, stats, x, { seed: 3, taps });
    const plain = model.applyTrain(params, stats, x, { seed: 3 });
    expect(Object.fromEntries(Object.entries(tapped.taps).map(([path, { shape }]) => [path, shape]))).toEqual(
      {
        'stem/conv': [2, 8, 8, 3],
        'stage2/block1/conv3': [2, 4, 4, 20],
        'stage2/block1': [2, 4, 4, 20],
        'final/norm': [2, 2, 2, 44],
        dense: [2, 10],
      },
    );
    expect(tapped.logits.dataSync()).toEqual(plain.logits.dataSync());
    expect(tapped.taps.dense).not.toBe(tapped.logits);
    tapped.logits.dispose();
    expect(tapped.taps.dense!.dataSync()).toEqual(plain.logits.dataSync());
    expect(leaked(() => model.applyWith(params, stats, x, { seed: 3, taps }))).toBe(0);
    tf.dispose([params, stats, x, tapped.stats, tapped.taps, plain]);
  });

  it('taps a layer by any name that a spec may give it', () => {
    const spec: ModelSpec = {
      name: 'odd names',
      input: [2, 2, 1],
      classes: 1,
      layers: [
        { type: 'activation', name: '__proto__', kind: 'relu' },
        { type: 'globalPool', name: 'constructor' },
      ],
    };
    const x = tf.ones<tf.Rank.R4>([3, 2, 2, 1]);
    const taps = ['__proto__', 'constructor'];
    const pass = buildModel(spec).applyWith({}, {}, x, { seed: 0, taps });
    expect(Object.entries(pass.taps).map(([path, { shape }]) => [path, shape])).toEqual([
      ['__proto__', [3, 2, 2, 1]],
      ['constructor', [3, 1]],
    ]);
    tf.dispose([x, pass]);
  });

  it('keeps its results and its inputs alive after a tidy of the caller', () => {
    const model = buildModel(allCnn({ ...small, norm: 'cbn-lconv-nobn' }));
    const { params, stats } = model.init(1);
    const x = normalTensor<tf.Rank.R4>([2, 8, 8, 3], 1);
    const { logits, stats: moved } = tf.tidy(() => model.applyTrain(params, stats, x, { seed: 3 }));
    expect(
      [logits, x, ...Object.values({ ...params, ...stats, ...moved })].some((each) => each.isDisposed),
    ).toBe(false);
    const inputs = new Set<tf.Tensor>([x, ...Object.values(params), ...Object.values(stats)]);
    expect([logits, ...Object.values(moved)].some((each) => inputs.has(each))).toBe(false);
    tf.dispose([params, stats, moved, logits, x]);
  });
});

describe('init', () => {
  withBackend('cpu');

  const shared = (first: Variables, second: Variables) =>
    Object.keys(first).filter((path) => path in second && path.endsWith('kernel'));

  it('gives every placement the same kernels at the same seed', () => {
    const reference = buildModel(allCnn({ ...small, norm: 'bn' })).init(4).params;
    for (const norm of placements) {
      const { params } = buildModel(allCnn({ ...small, norm })).init(4);
      expect(shared(reference, params)).toHaveLength(9);
      for (const path of shared(reference, params)) {
        expect(params[path]!.dataSync()).toEqual(reference[path]!.dataSync());
      }
      tf.dispose(params);
    }
    tf.dispose(reference);
  });

  it('draws kernels of mean 0 and variance 2/(k·k·out), or 2/in where dense', () => {
    const { params, stats } = buildModel(resnet({ width: 0.5, activation: 'prelu' })).init(1);
    for (const [path, each] of Object.entries(params)) {
      if (!path.endsWith('kernel') || each.size < 500) continue;
      const values = Array.from(each.dataSync<'float32'>());
      const fan = each.rank === 2 ? each.shape[0]! : each.shape[0]! * each.shape[1]! * each.shape[3]!;
      const mean = values.reduce((sum, value) => sum + value, 0) / each.size;
      const variance = values.reduce((sum, value) => sum + value * value, 0) / each.size;
      // Five standard errors: of a mean σ/√n, of a variance σ²·√(2/n).
      expect(Math.abs(mean), path).toBeLessThan(5 * Math.sqrt(2 / fan / each.size));
      expect(Math.abs(variance * (fan / 2) - 1), path).toBeLessThan(5 * Math.sqrt(2 / each.size));
    }
    const first = (path: string, from: Variables) => from[path]!.dataSync()[0];
    expect(first('stem/norm/scale', params)).toBe(1);
    expect(first('stem/norm/offset', params)).toBe(0);
    expect(first('stem/act/slope', params)).toBe(0.25);
    expect(first('dense/bias', params)).toBe(0);
    expect(first('stem/norm/mean', stats)).toBe(0);
    expect(first('stem/norm/variance', stats)).toBe(1);
    tf.dispose([params, stats]);
  });

  it('gives other values for another seed and another path', () => {
    const model = buildModel(allCnn(small));
    const [first, second] = [model.init(1).params, model.init(2).params];
    expect(first['conv7/kernel']!.dataSync()).not.toEqual(second['conv7/kernel']!.dataSync());
    expect(first['conv7/kernel']!.shape).toEqual(first['conv8/kernel']!.shape);
    expect(first['conv7/kernel']!.dataSync()).not.toEqual(first['conv8/kernel']!.dataSync());
    tf.dispose([first, second]);
  });
});

describe('a model refuses, before it computes anything,', () => {
  withBackend('cpu');

  it('a faulty variable, shape or tap, and names it', () => {
    const spec = allCnn(small);
    const model = buildModel(spec);
    const { params, stats } = model.init(0);
    const x = tf.zeros<tf.Rank.R4>([2, 8, 8, 3]);
    const { 'conv2/kernel': kernel, ...without } = params;
    const faults: (() => unknown)[] = [
      () => model.applyTrain(without, stats, x, { seed: 0 }),
      () => model.applyTrain({ ...params, 'norm1/scale': params['norm9/scale']! }, stats, x, { seed: 0 }),
      () => model.applyTrain({ ...params, 'conv2/kernel': params['conv1/kernel']! }, stats, x, { seed: 0 }),
      () => model.applyInfer({ ...params, 'norm1/scale': tf.ones([4, 1]) }, stats, x),
      () => model.applyInfer(params, { ...stats, 'norm1/mean': stats['norm9/mean']! }, x),
      () => model.applyTrain(params, stats, tf.zeros<tf.Rank.R4>([2, 8, 9, 3]), { seed: 0 }),
      () => model.applyTrain(params, stats, tf.zeros([2, 8, 8]) as tf.Tensor as tf.Tensor4D, { seed: 0 }),
      () => model.applyTrain(params, stats, x, { seed: -1 }),
      () => model.init(0.5),
      () => model.applyWith(without, stats, x, { seed: 0, taps: [] }),
      () => model.applyWith(params, stats, x, { seed: 1.5, taps: [] }),
      () => model.applyWith(params, stats, x, { seed: 0, taps: ['conv1', 'conv10'] }),
      () => model.applyWith(params, stats, x, { seed: 0 } as never),
      () => model.applyWith(params, stats, x, undefined as never),
      () => model.applyTrain(params, stats, x, undefined as never),
      () => model.applyInfer(params, stats, tf.zeros<tf.Rank.R4>([0, 8, 8, 3])),
      () => model.applyInfer(params, stats, tf.zeros<tf.Rank.R4>([2, 8, 8, 3], 'int32')),
      () => model.applyInfer({ ...params, 'norm1/scale': tf.ones([4], 'int32') }, stats, x),
      () => model.applyInfer({ ...params, 'norm1/scale': [1, 1, 1, 1] as never }, stats, x),
      () => model.applyInfer(undefined as never, stats, x),
      () => model.applyInfer(params, stats, null as never),
      () => buildModel({ ...spec, classes: 11 }),
      () => buildModel({ ...spec, layers: [] }),
    ];
    expect(faults.map(messageOf)).toMatchInlineSnapshot(`
      [
        "ShapeError: applyTrain: params['conv2/kernel'] must exist, with shape [3, 3, 4, 4] (init of the same spec creates all variables).",
        "ShapeError: applyTrain: params['norm1/scale'] must have shape [4], got [10].",
        "ShapeError: applyTrain: params['conv2/kernel'] must have shape [3, 3, 4, 4], got [3,3,3,4].",
        "ShapeError: applyInfer: params['norm1/scale'] must have shape [4], got [4,1].",
        "ShapeError: applyInfer: stats['norm1/mean'] must have shape [4], got [10].",
        "ShapeError: applyTrain: x must have shape [N, 8, 8, 3], got [2,8,9,3].",
        "ShapeError: applyTrain: x must have shape [N, 8, 8, 3], got [2,8,8].",
        "OptionError: applyTrain: seed must be an integer in [0, 2^32), got -1.",
        "OptionError: init: seed must be an integer in [0, 2^32), got 0.5.",
        "ShapeError: applyWith: params['conv2/kernel'] must exist, with shape [3, 3, 4, 4] (init of the same spec creates all variables).",
        "OptionError: applyWith: seed must be an integer in [0, 2^32), got 1.5.",
        "OptionError: applyWith: taps must be paths of layers, got "conv10" (did you mean "conv1" or "conv2" or "conv3"?).",
        "OptionError: applyWith: taps must be a list of paths of layers.",
        "OptionError: applyWith: seed must be an integer in [0, 2^32).",
        "OptionError: applyTrain: seed must be an integer in [0, 2^32).",
        "ShapeError: applyInfer: x must hold at least one image, got [0,8,8,3].",
        "ShapeError: applyInfer: x must have dtype float32, got "int32" (cast it first).",
        "ShapeError: applyInfer: params['norm1/scale'] must have dtype float32, got "int32" (cast it first).",
        "ShapeError: applyInfer: params['norm1/scale'] must be a tensor, got [1,1,1,1].",
        "ShapeError: applyInfer: params['conv1/kernel'] must exist, with shape [3, 3, 3, 4] (init of the same spec creates all variables).",
        "ShapeError: applyInfer: x must be a tensor, got null.",
        "SpecError: buildModel: layers must end in logits of shape [11], one for each of the classes, got [10].",
        "SpecError: buildModel: layers must hold at least one layer, got [].",
      ]
    `);
    x.dispose();
    expect(messageOf(() => model.applyInfer(params, stats, x))).toBe(
      'ShapeError: applyInfer: x must not be disposed.',
    );
    tf.dispose([params, stats, kernel!]);
  });
});

function messageOf(f: () => unknown): string {
  return tf.tidy(() => {
    try {
      f();
      return 'no error';
    } catch (error) {
      return String(error);
    }
  });
}
