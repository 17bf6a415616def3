import { openBackend } from '@normlab/backends';
import { allCnn, buildModel } from '@normlab/models';
import { unavailable, unitRoundoff } from '@normlab/testing';
import {
  constant,
  crossEntropy,
  disposeState,
  initState,
  lossAndGradients,
  sgd,
  trainStep,
} from '@normlab/train';
import { dispose, type Tensor, tensor, tensor4d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../support/tensors.js';
import { openTfjsWebgpu, type TfjsWebgpu } from '../support/tfjsWebgpu.js';

const reason = await unavailable('webgpu');
const activations = ['tanh', 'relu'] as const;
const [images, size, steps] = [2, 8, 2];

type Numbers = Readonly<Record<string, ArrayLike<number>>>;
type Point = { readonly params: Numbers; readonly stats: Numbers };
type Pass = { readonly gradients: Numbers; readonly beforeKinks: Numbers };

/**
 * Relative to a gradient's largest value: at most 18 convolutions and norms, forward and backward, so 36 passes. Each
 * has sums of up to m = N·H·W terms with a relative error of about √m·2⁻²⁴; at worst these errors add up.
 */
const bound = 36 * Math.sqrt(images * size * size) * unitRoundoff;

/**
 * Trainings on two backends diverge when a value falls on different sides of ReLU's kink: that changes gradients by far
 * more than rounding does, and both are correct. So gradients are compared at the same parameters and batch, and only
 * where every value is on the same side; tanh has no kink.
 */
describe.skipIf(reason !== undefined)(
  `gradients of ALL-CNN on webgpu = cpu's at every point of a training${reason === undefined ? '' : `, SKIPPED: ${reason}`}`,
  () => {
    const expected: Record<string, { points: readonly Point[]; passes: readonly Pass[] }> = {};
    beforeAll(async () => {
      const cpu = await openBackend('cpu');
      for (const activation of activations) {
        const points = await trajectory(activation);
        const passes: Pass[] = [];
        for (const [i, point] of points.entries()) passes.push(await passAt(activation, point, i));
        expected[activation] = { points, passes };
      }
      await cpu.close();
    });

    describe.each(['ours', "tfjs's"] as const)('with %s kernels', (kernels) => {
      let webgpu: TfjsWebgpu;
      beforeAll(async () => {
        webgpu = await openTfjsWebgpu(kernels);
      });
      afterAll(() => webgpu.close());

      it.each(activations)(
        '%s: the gradient of every filter',
        async (activation) => {
          const { points, passes } = expected[activation]!;
          for (const [i, point] of points.entries()) {
            const own = await passAt(activation, point, i);
            if (activation === 'relu' && crossed(own.beforeKinks, passes[i]!.beforeKinks)) continue;
            for (const [path, gradient] of Object.entries(passes[i]!.gradients)) {
              expect(distance(own.gradients[path]!, gradient), `${path} in step ${i + 1}`).toBeLessThan(
                bound,
              );
            }
          }
        },
        180_000,
      );
    });
  },
);

function modelOf(activation: 'relu' | 'tanh') {
  return buildModel(allCnn({ width: 1 / 16, norm: 'cbn-lconv-nobn', activation, input: [size, size, 3] }));
}

function batchOf(step: number) {
  return {
    images: normals(100 + step, images, size, size, 3).data,
    labels: Int32Array.from({ length: images }, (_, n) => (7 * step + 3 * n) % 10),
    shape: [images, size, size, 3] as const,
  };
}

/** Parameters and statistics before each step of a training on the active backend. */
async function trajectory(activation: 'relu' | 'tanh'): Promise<Point[]> {
  const model = modelOf(activation);
  const optimizer = sgd({ learningRate: constant(0.05), momentum: 0.9, l2: 0.001 });
  const step = trainStep(model, optimizer, crossEntropy);
  let state = initState(model, optimizer, 1);
  const points: Point[] = [];
  for (let i = 0; i < steps; i++) {
    points.push({ params: await read(state.params), stats: await read(state.stats) });
    const next = await step(state, batchOf(i));
    disposeState(state);
    state = next.state;
  }
  disposeState(state);
  return points;
}

/** Gradients of the filters, and the inputs of the ReLUs, at a point on the active backend. */
async function passAt(activation: 'relu' | 'tanh', point: Point, step: number): Promise<Pass> {
  const model = modelOf(activation);
  const fresh = model.init(1);
  const params = tensorsOf(point.params, fresh.params);
  const stats = tensorsOf(point.stats, fresh.stats);
  const batch = batchOf(step);
  const pass = lossAndGradients(model, crossEntropy, { params, stats }, batch, { seed: 1 });
  const taps = model.spec.layers
    .filter(({ type }) => type === 'norm' || type === 'conv')
    .map(({ name }) => name);
  const x = tensor4d(batch.images, [...batch.shape]);
  const outputs = model.applyWith(params, stats, x, { seed: 1, taps });
  const kernels = Object.entries(pass.gradients).filter(([path]) => path.endsWith('/kernel'));
  const result = {
    gradients: await read(Object.fromEntries(kernels)),
    beforeKinks: await read(outputs.taps),
  };
  dispose([fresh, params, stats, pass, x, outputs]);
  return result;
}

async function read(tensors: Readonly<Record<string, Tensor>>): Promise<Numbers> {
  const entries = Object.entries(tensors).map(async ([name, each]) => [name, await each.data()] as const);
  return Object.fromEntries(await Promise.all(entries));
}

function tensorsOf(numbers: Numbers, like: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(numbers).map(([path, each]) => [path, tensor(Float32Array.from(each), like[path]!.shape)]),
  );
}

function crossed(one: Numbers, other: Numbers): boolean {
  return Object.entries(one).some(([name, values]) =>
    Array.from(values).some((value, i) => value > 0 !== other[name]![i]! > 0),
  );
}

/** The largest difference, relative to the largest value. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  const numbers = Array.from(expected);
  const scale = Math.max(...numbers.map(Math.abs));
  return Math.max(...numbers.map((value, i) => Math.abs(value - actual[i]!))) / scale;
}
