import {
  allCnn,
  buildModel,
  convWeights,
  countParams,
  foldNorms,
  type LayerSpec,
  type ModelSpec,
  network,
  normKinds,
  parseSpec,
  placeNorms,
  summarize,
  variablePlan,
} from '@normlab/models';
import { leaked, normalTensor, unitRoundoff, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { roundingError } from './support/roundingError.js';
import { descend, lossAndGradients, trainingLoss } from './support/softmaxStep.js';

const small = { width: 1 / 12, input: [8, 8, 3] } as const;
const ofImages = normKinds.filter((kind) => kind !== 'batch');

withBackend('wasm, one thread');

describe('a network with norms of another kind', () => {
  it.each(ofImages)('%s: placements decide which norms learn, and no norm keeps statistics', (normKind) => {
    const stats = (norm: 'bn' | 'cbn-lconv-bn' | 'cbn-all') => variablePlan(allCnn({ normKind, norm })).stats;
    expect([stats('bn'), stats('cbn-lconv-bn'), stats('cbn-all')]).toEqual([[], [], []]);
    const spec = allCnn({ normKind });
    expect(countParams(spec).trainable).toBe(countParams(allCnn()).trainable);
    expect(countParams(placeNorms(spec, 'cbn-all')).trainable).toBe(
      countParams(allCnn({ norm: 'cbn-all' })).trainable,
    );
    expect(placeNorms(spec, 'cbn-lconv-bn')).toEqual(allCnn({ normKind, norm: 'cbn-lconv-bn' }));
    expect(summarize(spec)[1]).toEqual({
      layer: 'norm1',
      type: 'norm',
      output: [24, 24, 96],
      parameters: 192,
      macs: 0,
    });
  });

  const arms = (['all-cnn', 'nin', 'resnet-11'] as const).flatMap((name) =>
    ofImages.map((normKind) => ({ name, normKind })),
  );
  it.each(arms)('trains: $name, $normKind', ({ name, normKind }) => {
    const { first, last } = trained(network(name, { ...small, normKind }), 12);
    expect(last).toBeLessThan(first);
  });

  it.each(ofImages)(
    '%s: one image’s logits do not depend on the others, in training as in inference',
    (normKind) => {
      const spec = allCnn({ ...small, normKind });
      const model = buildModel(spec);
      const { params } = model.init(1);
      tf.tidy(() => {
        const x = normalTensor<tf.Rank.R4>([4, ...spec.input], 1);
        const together = model.applyTrain(params, {}, x, { seed: 0 }).logits;
        const alone = model.applyInfer(params, {}, tf.slice(x, [2, 0, 0, 0], [1, -1, -1, -1]));
        const distance = tf.max(tf.abs(tf.sub(tf.slice(together, [2, 0], [1, -1]), alone))).dataSync()[0]!;
        // 18 passes, each with sums of up to 8·8·16 numbers, possibly in another order.
        expect(distance).toBeLessThan(18 * Math.sqrt(8 * 8 * 16) * unitRoundoff * 4);
      });
      tf.dispose(params);
    },
  );

  it.each(ofImages)('%s: cannot be folded, and says why', (normKind) => {
    const spec = allCnn({ ...small, normKind, norm: 'cbn-lconv-nobn' });
    const { params } = buildModel(spec).init(1);
    expect(() => foldNorms(spec, params, {})).toThrow(
      `foldNorms: layers[1].kind must be "batch", as other norms use the statistics of each image and are not linear functions, got "${normKind}" (also: layers[4].kind`,
    );
    tf.dispose(params);
  });
});

describe('kernels computed from other parameters', () => {
  it('weight-norm starts with the kernels of plain weights', () => {
    const [plain, made] = [allCnn(small), allCnn({ ...small, convWeights: 'weight-norm' })];
    const [{ params: kernels }, { params }] = [buildModel(plain).init(5), buildModel(made).init(5)];
    expect(Object.keys(params).slice(0, 2)).toEqual(['conv1/direction', 'conv1/scale']);
    const folded = foldNorms(
      parseSpec({ ...made, layers: made.layers.filter(({ type }) => type !== 'norm') }),
      params,
      {},
    );
    for (const path of ['conv1/kernel', 'conv9/kernel']) {
      const [expected, actual] = [kernels[path]!.dataSync(), folded.params[path]!.dataSync()];
      // g·v/‖v‖: a root of a sum of at most 9·16 squares, a quotient and a product; g is rounded once.
      const bound = (9 * 16 + 4) * unitRoundoff;
      expected.forEach((value, place) => {
        expect(Math.abs(actual[place]! - value)).toBeLessThanOrEqual(bound * Math.abs(value));
      });
    }
    tf.dispose([kernels, params, folded.params]);
  });

  it.each(convWeights)('%s: trains, and leaks no tensor', (weights) => {
    const spec = allCnn({ ...small, convWeights: weights });
    const { first, last } = trained(spec, 8);
    expect(last).toBeLessThan(first);
    const model = buildModel(spec);
    const { params, stats } = model.init(1);
    const x = normalTensor<tf.Rank.R4>([2, ...spec.input], 1);
    expect(leaked(() => model.applyInfer(params, stats, x))).toBe(0);
    expect(leaked(() => lossAndGradients(model, { params, stats }, { x, labels: [0, 1] }, 0).gradients)).toBe(
      0,
    );
    tf.dispose([params, stats, x]);
  });

  it.each(convWeights)('%s: the folded network has plain kernels and gives the same logits', (weights) => {
    const spec = network('resnet-11', { ...small, convWeights: weights, shortcut: 'projection', decay: 0 });
    const model = buildModel(spec);
    const { params, stats } = model.init(2);
    const x = normalTensor<tf.Rank.R4>([4, ...spec.input], 3);
    const { logits, stats: moved } = model.applyTrain(params, stats, x, { seed: 0 });
    const folded = foldNorms(spec, params, moved);
    expect(JSON.stringify(folded.spec)).not.toMatch(/weights|"norm"/);
    const distance = tf.tidy(
      () =>
        tf
          .max(
            tf.abs(
              tf.sub(
                model.applyInfer(params, moved, x),
                buildModel(folded.spec).applyInfer(folded.params, {}, x),
              ),
            ),
          )
          .dataSync()[0]!,
    );
    // Both networks round; six standard errors, as in the tests of folding.
    expect(distance).toBeLessThan(6 * 2 * roundingError(folded, x));
    tf.dispose([params, stats, x, logits, moved, folded.params]);
  });
});

describe('a projection', () => {
  it.each([
    // conv1, conv2, conv3 and the shortcut of a first block, with norms before or after each of them.
    {
      block: 'pre-activation',
      paths: ['stage2/block1/norm0', 'stage2/block1/shortcut/conv', 'stage2/block1/conv1'],
    },
    {
      block: 'post-activation',
      paths: ['stage2/block1/shortcut/conv', 'stage2/block1/shortcut/norm', 'stage2/block1/conv1'],
    },
  ] as const)('is in the first block of each stage: $block', ({ block, paths }) => {
    const spec = network('resnet-20', { shortcut: 'projection', block });
    const rows = summarize(spec).map(({ layer }) => layer);
    const convs = rows.filter((path) => path.endsWith('shortcut/conv'));
    expect(convs).toEqual(['stage1', 'stage2', 'stage3'].map((stage) => `${stage}/block1/shortcut/conv`));
    const places = paths.map((path) => rows.indexOf(path));
    expect(places.every((place, index) => place > (places[index - 1] ?? -1))).toBe(true);
    expect(summarize(spec).find(({ layer }) => layer === 'stage2/block1/shortcut/conv')).toMatchObject({
      output: [16, 16, 512],
      parameters: 256 * 512,
      macs: 16 * 16 * 256 * 512,
    });
  });

  it('is not the last conv: the norm after the branch is that of the last conv', () => {
    const spec = network('resnet-11', {
      shortcut: 'projection',
      block: 'post-activation',
      norm: 'cbn-lconv-nobn',
    });
    const norms = summarize(spec)
      .filter(({ type }) => type === 'norm')
      .map(({ layer }) => layer);
    expect(norms).toContain('stage3/block1/shortcut/norm');
    expect(norms).not.toContain('stage3/block1/norm3');
  });
});

describe('a faulty spec or option', () => {
  const conv: LayerSpec = {
    type: 'conv',
    name: 'c',
    channels: 6,
    kernel: 1,
    stride: 1,
    padding: 'same',
    bias: false,
  };
  const fields = { type: 'norm', name: 'n', gain: true, bias: true, epsilon: 1e-5 };
  const message = (layer: object, after: object = { type: 'globalPool', name: 'g' }): string => {
    const json = { name: 'one', input: [4, 4, 3], classes: 6, layers: [conv, layer, after] };
    try {
      parseSpec(json);
      return 'no fault';
    } catch (error) {
      return (error as Error).message;
    }
  };

  it('is named with its place, the rule, and the nearest name', () => {
    const features = (kind: object) => message({ type: 'globalPool', name: 'g' }, { ...fields, ...kind });
    expect([
      message({ ...fields, kind: 'layer' }),
      message({ ...fields, kind: 'group', groups: 4 }),
      message({ ...fields, kind: 'group', groups: 0 }),
      message({ ...fields, kind: 'group' }),
      message({ ...fields, kind: 'layr' }),
      message({ ...fields, kind: 'batch' }),
      message({ ...fields, kind: 'layer', decay: 0.9 }),
      message({ ...fields, decay: 0.9, groups: 2 }),
      message({ ...fields, kind: 'group', group: 2, groups: 2 }),
      features({ kind: 'layer' }),
      features({ kind: 'instance' }),
      message({ ...conv, name: 'd', weights: 'weightnorm' }),
      message({ type: 'activation', name: 'a', kind: 'leakyrelu' }),
      message({
        type: 'residual',
        name: 'r',
        layers: [{ ...conv, stride: 2 }],
        shortcut: [{ ...conv, name: 's' }],
      }),
      message({ type: 'residual', name: 'r', layers: [conv], shortcut: [] }),
      message({ type: 'residual', name: 'r', layers: [conv], shortcut: [{ ...conv, kernel: '1' }] }),
    ]).toMatchInlineSnapshot(`
      [
        "no fault",
        "parseSpec: layers[1].groups must divide the 6 channels there, got 4.",
        "parseSpec: layers[1].groups must be a positive integer, got 0.",
        "parseSpec: layers[1].groups must be a positive integer, but is missing.",
        "parseSpec: layers[1].kind must be one of "batch", "layer", "instance", "group", "rms", got "layr" (did you mean "layer"?).",
        "parseSpec: layers[1].decay must be in [0, 1], but is missing.",
        "parseSpec: layers[1].decay must be left out, as a norm layer of kind "layer" has no such key (valid names: type, name, gain, bias, epsilon, kind).",
        "parseSpec: layers[1].groups must be left out, as a norm layer has no such key (valid names: type, name, gain, bias, epsilon, kind, decay).",
        "parseSpec: layers[1].group must be left out, as a norm layer of kind "group" has no such key (did you mean "groups"?).",
        "no fault",
        "parseSpec: layers[2] must follow a layer whose output is an image [H, W, C], the input of a norm layer, got [6].",
        "parseSpec: layers[1].weights must be one of "plain", "weight-norm", "weight-standardized", got "weightnorm" (did you mean "weight-norm"?).",
        "parseSpec: layers[1].kind must be one of "relu", "prelu", "tanh", "leaky-relu", "elu", "gelu", "gelu-tanh", "silu", got "leakyrelu" (did you mean "leaky-relu"?).",
        "parseSpec: layers[1].layers must give [4, 4, 6], as the shortcut does, got [2,2,6].",
        "parseSpec: layers[1].shortcut must hold at least one layer, got [].",
        "parseSpec: layers[1].shortcut[0].kernel must be a positive integer, got "1".",
      ]
    `);
  });

  it('is refused as an option of a network', () => {
    const refusal = (options: object): string => {
      try {
        network('resnet-29', options);
        return 'no fault';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect([
      refusal({ normKind: 'lyer' }),
      refusal({ convWeights: 'weight-norms' }),
      refusal({ shortcut: 'projected' }),
      refusal({ groups: 8 }),
      refusal({ normKind: 'group', groups: 1.5 }),
      refusal({ normKind: 'layer', decay: 0.9 }),
    ]).toMatchInlineSnapshot(`
      [
        "resnet: normKind must be a kind of norm, got "lyer" (did you mean "layer"?).",
        "resnet: convWeights must be the name of a form of weights, got "weight-norms" (did you mean "weight-norm"?).",
        "resnet: shortcut must be "parameter-free" or "projection", got "projected" (did you mean "projection"?).",
        "resnet: groups must go with normKind "group", got 8.",
        "resnet: groups must be a positive integer, got 1.5.",
        "resnet: decay must go with normKind "batch", as the other kinds keep no running statistics, got 0.9.",
      ]
    `);
  });
});

/** The loss of a batch before the first and after the last of some steps of gradient descent. */
function trained(spec: ModelSpec, steps: number): { first: number; last: number } {
  const model = buildModel(spec);
  let { params, stats } = model.init(1);
  const batch = { x: normalTensor<tf.Rank.R4>([8, ...spec.input], 1), labels: [0, 1, 2, 3, 4, 5, 6, 7] };
  const first = trainingLoss(model, { params, stats }, batch, 0);
  for (let step = 0; step < steps; step++) {
    const { gradients } = lossAndGradients(model, { params, stats }, batch, 0);
    const next = descend(params, gradients, 0.05);
    tf.dispose([params, gradients]);
    params = next;
  }
  const last = trainingLoss(model, { params, stats }, batch, 0);
  tf.dispose([params, stats, batch.x]);
  return { first, last };
}
