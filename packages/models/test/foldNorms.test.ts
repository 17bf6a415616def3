import { crop24, padCropFlip } from '@normlab/datasets';
import {
  allCnn,
  buildModel,
  foldNorms,
  type LayerSpec,
  type ModelSpec,
  nin,
  type Placement,
  placements,
  resnet,
  type Variables,
} from '@normlab/models';
import { hasRealImages, leaked, normalTensor, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { prepared, thousandImages } from './support/cifarImages.js';
import { roundingError } from './support/roundingError.js';

// With decay 0, one pass in training mode sets the statistics to those of its batch.
const narrow = { width: 1 / 8, decay: 0 };

const networks: readonly ModelSpec[] = [
  allCnn({ ...narrow, norm: 'bn' }),
  allCnn({ ...narrow, norm: 'cbn-lconv-nobn', convBias: true }),
  nin({ ...narrow, norm: 'cbn-lconv-bn', activation: 'prelu' }),
  resnet({ ...narrow, width: 1 / 16, norm: 'bn' }),
  resnet({ ...narrow, width: 1 / 16, norm: 'gain-only', block: 'post-activation' }),
];

/** The paper's networks and both kinds of block, under every placement; some also with biases and slopes. */
const families = [
  { family: 'ALL-CNN', make: (norm: Placement) => allCnn({ ...narrow, norm }) },
  {
    family: 'ALL-CNN with biases and a dense head',
    make: (norm: Placement) => allCnn({ ...narrow, norm, convBias: true, head: 'dense' }),
  },
  { family: 'NIN with prelu', make: (norm: Placement) => nin({ ...narrow, norm, activation: 'prelu' }) },
  { family: 'ResNet-29', make: (norm: Placement) => resnet({ ...narrow, width: 1 / 16, norm }) },
  {
    family: 'ResNet-29, post-activation',
    make: (norm: Placement) => resnet({ ...narrow, width: 1 / 16, norm, block: 'post-activation' }),
  },
  { family: 'ResNet-101', make: (norm: Placement) => resnet({ ...narrow, width: 1 / 16, norm, depth: 101 }) },
];

const arms = families.flatMap(({ family, make }) =>
  placements.map((norm) => ({ family, norm, spec: make(norm) })),
);

withBackend('wasm, one thread');

describe('foldNorms', () => {
  it.each(networks)('leaves no norm in $name, and counts its own parameters', (spec) => {
    const variables = livedIn(spec, normalTensor<tf.Rank.R4>([8, ...spec.input], 1));
    const folded = foldNorms(spec, variables.params, variables.stats);
    expect(typesOf(folded.spec.layers)).not.toContain('norm');
    expect(folded.stats).toEqual({});
    const fresh = buildModel(folded.spec).init(0);
    expect(shapesOf(folded.params)).toEqual(shapesOf(fresh.params));
    tf.dispose([variables, folded.params, fresh]);
  });

  it('W·γ/s and β + (b − μ)·γ/s: a hand-computed layer', () => {
    const layers: LayerSpec[] = [
      { type: 'norm', name: 'first', gain: true, bias: true, epsilon: 0, decay: 0.9 },
      { type: 'conv', name: 'conv', channels: 1, kernel: 1, stride: 1, padding: 'same', bias: true },
      { type: 'norm', name: 'second', gain: true, bias: true, epsilon: 1, decay: 0.9 },
      { type: 'globalPool', name: 'pool' },
    ];
    const one = (value: number) => tf.tensor1d([value]);
    const params = {
      'first/scale': one(3),
      'first/offset': one(1),
      'conv/kernel': tf.tensor4d([6], [1, 1, 1, 1]),
      'conv/bias': one(4),
      'second/scale': one(5),
      'second/offset': one(-1),
    };
    const stats = {
      'first/mean': one(2),
      'first/variance': one(4),
      'second/mean': one(8),
      'second/variance': one(3),
    };
    const spec: ModelSpec = { name: 'one', input: [1, 1, 1], classes: 1, layers };
    const folded = foldNorms(spec, params, stats);
    expect(folded.spec.layers).toEqual([{ type: 'affine', name: 'first' }, layers[1], layers[3]]);
    const values = Object.entries(folded.params).map(([path, each]) => [path, each.dataSync()[0]]);
    expect(values).toEqual([
      ['first/scale', 1.5],
      ['first/offset', -2],
      ['conv/kernel', 15],
      ['conv/bias', -11],
    ]);
    tf.dispose([params, stats, folded.params]);
  });

  it.each(families)('has nothing to fold in $family under none: returns equal new variables', ({ make }) => {
    const spec = make('none');
    const { params } = buildModel(spec).init(1);
    const folded = foldNorms(spec, params, {});
    expect(folded.spec).toEqual(spec);
    for (const [path, value] of Object.entries(params)) {
      expect(folded.params[path]).not.toBe(value);
      expect(folded.params[path]!.dataSync()).toEqual(value.dataSync());
    }
    tf.dispose([params, folded.params]);
  });

  it('returns only new tensors and leaks none', () => {
    const spec = networks[3]!;
    const { params, stats } = buildModel(spec).init(0);
    expect(leaked(() => foldNorms(spec, params, stats).params)).toBe(0);
    expect(Object.values({ ...params, ...stats }).every(({ isDisposed }) => !isDisposed)).toBe(true);
    tf.dispose([params, stats]);
  });

  it('names a variable that is missing or has another shape', () => {
    const { params, stats } = buildModel(networks[0]!).init(0);
    const { 'norm3/mean': mean, ...others } = stats;
    expect(() => foldNorms(networks[0]!, params, others)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: foldNorms: stats['norm3/mean'] must exist, with shape [12] (init of the same spec creates all variables).]`,
    );
    expect(() => foldNorms(networks[1]!, params, stats)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: foldNorms: params['conv1/bias'] must exist, with shape [12] (init of the same spec creates all variables).]`,
    );
    tf.dispose([params, others, mean!]);
  });

  it('speaks in its own name of an invalid spec', () => {
    expect(() => foldNorms({ ...networks[0]!, layers: [] }, {}, {})).toThrow(
      'foldNorms: layers must hold at least one layer, got [].',
    );
  });
});

describe.skipIf(!hasRealImages)('foldNorms on 200 real images (shared/data beside the checkout)', () => {
  let images: Awaited<ReturnType<typeof thousandImages>>;
  beforeAll(async () => {
    images = await thousandImages();
  });

  // Without norms there is nothing to fold: both networks are equal.
  it.each(arms.filter(({ norm }) => norm !== 'none'))('$family $norm: the same answers', ({ spec }) => {
    const pipeline =
      spec.input[0] === 24 ? crop24 : padCropFlip({ mean: [0.49, 0.48, 0.45], sd: [0.25, 0.24, 0.26] });
    // Ten, and twenty, of each class.
    const everyTenth = prepared(
      images,
      pipeline,
      indices(100, (index) => 10 * index),
    );
    const variables = livedIn(spec, everyTenth.x);
    const folded = foldNorms(spec, variables.params, variables.stats);
    const [before, after] = [buildModel(spec), buildModel(folded.spec)];
    // Both networks round; six standard errors, as there are 2000 logits.
    const bound = 6 * 2 * roundingError(folded, everyTenth.x);
    let worst = 0;
    for (const first of [3, 8]) {
      const { x } = prepared(
        images,
        pipeline,
        indices(100, (index) => 10 * index + first),
      );
      const answers = tf.tidy(() => {
        const unfolded = before.applyInfer(variables.params, variables.stats, x);
        const plain = after.applyInfer(folded.params, {}, x);
        return {
          distance: tf.max(tf.abs(tf.sub(unfolded, plain))).dataSync()[0]!,
          unfolded: [...tf.argMax(unfolded, 1).dataSync()],
          plain: [...tf.argMax(plain, 1).dataSync()],
        };
      });
      expect(answers.plain).toEqual(answers.unfolded);
      worst = Math.max(worst, answers.distance);
      x.dispose();
    }
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(bound);
    tf.dispose([everyTenth.x, variables, folded.params]);
  });
});

/** Variables as after some training: changed gains, biases and slopes, and the statistics of a batch. */
function livedIn(spec: ModelSpec, x: tf.Tensor4D): { params: Variables; stats: Variables } {
  const model = buildModel(spec);
  return tf.tidy(() => {
    const fresh = model.init(1);
    const params = Object.fromEntries(
      Object.entries(fresh.params).map(([path, value], index): [string, tf.Tensor] =>
        path.endsWith('kernel')
          ? [path, value]
          : [path, tf.add(value, tf.mul(0.2, normalTensor(value.shape as [number], index + 10)))],
      ),
    );
    const { stats } = model.applyTrain(params, fresh.stats, x, { seed: 3 });
    return { params, stats };
  });
}

function indices(size: number, at: (index: number) => number): number[] {
  return Array.from({ length: size }, (_, index) => at(index));
}

function typesOf(layers: readonly LayerSpec[]): string[] {
  return layers.flatMap((layer) => [layer.type, ...(layer.type === 'residual' ? typesOf(layer.layers) : [])]);
}

function shapesOf(variables: Variables): [string, number[]][] {
  return Object.entries(variables).map(([path, { shape }]) => [path, shape]);
}
