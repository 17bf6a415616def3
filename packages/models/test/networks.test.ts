import {
  buildModel,
  countParams,
  type ModelSpec,
  type NamedNetworkOptions,
  network,
  networkNames,
  parseSpec,
  placements,
  type Variables,
  variablePlan,
} from '@normlab/models';
import { leaked, normalTensor, withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { descend, lossAndGradients, squaredNorm, trainingLoss } from './support/softmaxStep.js';

const small: Readonly<Record<string, NamedNetworkOptions>> = {
  'all-cnn': { width: 1 / 12, input: [12, 12, 3] },
  nin: { width: 1 / 12, input: [13, 12, 3] },
  'resnet-29': { width: 1 / 12, input: [8, 8, 3] },
  'resnet-101': { width: 1 / 16, input: [8, 8, 3] },
};

const arms = networkNames.flatMap((name) =>
  placements.flatMap((norm) =>
    (name.startsWith('resnet') ? (['pre-activation', 'post-activation'] as const) : [undefined]).map(
      (block) => ({
        name,
        norm,
        block,
        spec: network(name, { ...small[name], norm, ...(block !== undefined && { block }) }),
      }),
    ),
  ),
);

withBackend('wasm, one thread');

describe.each(arms)('$name $norm $block', ({ spec }) => {
  it('has the planned variables, gradients that are finite and not 0, and a step that lowers the loss', () => {
    const model = buildModel(spec);
    const variables = model.init(1);
    const batch = imagesFor(spec);
    expect(shapesOf(variables.params)).toEqual(shapesPlanned(variablePlan(spec).params));
    expect(shapesOf(variables.stats)).toEqual(shapesPlanned(variablePlan(spec).stats));
    expect(sizeOf(variables.params)).toBe(countParams(spec).trainable);
    expect(sizeOf(variables.stats)).toBe(countParams(spec).statistics);

    const { loss, gradients } = lossAndGradients(model, variables, batch, 5);
    for (const [path, gradient] of Object.entries(gradients)) {
      const values = gradient.dataSync<'float32'>();
      expect(values.every(Number.isFinite), path).toBe(true);
      expect(
        values.some((value) => value !== 0),
        path,
      ).toBe(true);
    }
    // A step so small that the loss would fall by a fiftieth if it were linear.
    const next = descend(variables.params, gradients, (0.02 * loss) / squaredNorm(gradients));
    const lower = trainingLoss(model, { params: next, stats: variables.stats }, batch, 5);
    expect(lower).toBeLessThan(loss);
    tf.dispose([variables, batch.x, gradients, next]);
  });

  it('returns logits [N, K] and the planned statistics, and leaks no tensor', () => {
    const model = buildModel(spec);
    const { params, stats } = model.init(2);
    const { x } = imagesFor(spec);
    const trained = model.applyTrain(params, stats, x, { seed: 3 });
    const inferred = model.applyInfer(params, stats, x);
    expect(trained.logits.shape).toEqual([4, spec.classes]);
    expect(inferred.shape).toEqual([4, spec.classes]);
    expect(shapesOf(trained.stats)).toEqual(shapesOf(stats));
    expect(leaked(() => model.applyTrain(params, stats, x, { seed: 3 }))).toBe(0);
    expect(leaked(() => model.applyInfer(params, stats, x))).toBe(0);
    expect(Object.values({ ...params, ...stats }).every(({ isDisposed }) => !isDisposed)).toBe(true);
    tf.dispose([trained, inferred, params, stats, x]);
  });

  it('is the same network after a round trip through JSON, with the same bytes from the same seed', () => {
    const copy = parseSpec(JSON.parse(JSON.stringify(spec)));
    expect(copy).toEqual(spec);
    const logits = [spec, copy].map((each) => {
      const model = buildModel(each);
      const variables = model.init(7);
      const { x } = imagesFor(each);
      const pass = model.applyTrain(variables.params, variables.stats, x, { seed: 9 });
      const values = pass.logits.dataSync();
      tf.dispose([variables, x, pass]);
      return values;
    });
    expect(logits[1]).toEqual(logits[0]);
  });
});

function imagesFor(spec: ModelSpec) {
  return { x: normalTensor<tf.Rank.R4>([4, ...spec.input], 1), labels: [0, 1, 2, 3] };
}

function shapesOf(variables: Variables): [string, number[]][] {
  return Object.entries(variables).map(([path, { shape }]) => [path, shape]);
}

function shapesPlanned(planned: readonly { path: string; shape: readonly number[] }[]): [string, number[]][] {
  return planned.map(({ path, shape }) => [path, [...shape]]);
}

function sizeOf(variables: Variables): number {
  return Object.values(variables).reduce((sum, { size }) => sum + size, 0);
}
