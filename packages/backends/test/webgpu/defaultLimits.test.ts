import { type OpenBackend, openBackend } from '@normlab/backends';
import { allCnn, buildModel } from '@normlab/models';
import { unavailable } from '@normlab/testing';
import {
  adamW,
  clipByGlobalNorm,
  constant,
  crossEntropy,
  disposeState,
  evaluate,
  initState,
  type Optimizer,
  sgd,
  trainStep,
} from '@normlab/train';
import { add, addN, sum, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { normals } from '../support/tensors.js';
import { openTfjsWebgpu, type TfjsWebgpu } from '../support/tfjsWebgpu.js';

const reason = await unavailable('webgpu');
const learningRate = constant(0.05);
const optimizers: Readonly<Record<string, Optimizer>> = {
  'sgd with momentum and L2': sgd({ learningRate, momentum: 0.9, l2: 0.01 }),
  'clipByGlobalNorm(sgd)': clipByGlobalNorm(sgd({ learningRate }), { maxNorm: 0.5 }),
  adamW: adamW({ learningRate: constant(0.001) }),
};
const size = 8;
/** Nine convolutions, each with a norm with gain and bias: 27 variables; a default device binds only 8 buffers. */
const model = buildModel(allCnn({ width: 1 / 24, norm: 'bn', activation: 'tanh', input: [size, size, 3] }));

describe.skipIf(reason !== undefined)(
  `a WebGPU device with the default limits${reason === undefined ? '' : `, SKIPPED: ${reason}`}`,
  () => {
    const expected: Record<string, Trained> = {};
    beforeAll(async () => {
      const cpu: OpenBackend = await openBackend('cpu');
      for (const [name, optimizer] of Object.entries(optimizers)) expected[name] = await train(optimizer);
      await cpu.close();
    });

    describe.each(['ours', "tfjs's"] as const)('with %s kernels', (kernels) => {
      let opened: TfjsWebgpu;
      beforeAll(async () => {
        opened = await openTfjsWebgpu(kernels);
      });
      afterAll(() => opened.close());

      it('has no more than the defaults', () => {
        expect(opened.device.limits).toMatchObject({
          maxStorageBuffersPerShaderStage: 8,
          maxStorageBufferBindingSize: 2 ** 27,
          maxComputeWorkgroupsPerDimension: 65_535,
          maxComputeInvocationsPerWorkgroup: 256,
          maxComputeWorkgroupSizeX: 256,
          maxComputeWorkgroupStorageSize: 16_384,
        });
      });

      it.each(Object.keys(optimizers))(
        'trains and evaluates by %s without an error of the device, as cpu does',
        async (name) => {
          const { losses, change, evaluation } = await train(optimizers[name]!);
          expect(opened.errors).toEqual([]);
          // A step, gradient or update that the device drops changes these as much as training does. (How closely
          // backends agree is tested in parity.test.ts.)
          const [first, second] = expected[name]!.losses as [number, number];
          expect(Math.abs(losses[0]! - first)).toBeLessThan(Math.abs(second - first) / 2);
          expect(Math.abs(losses[1]! - second)).toBeLessThan(Math.abs(second - first) / 2);
          expect(change / expected[name]!.change).toBeGreaterThan(1 / 2);
          expect(change / expected[name]!.change).toBeLessThan(2);
          expect(evaluation / expected[name]!.evaluation).toBeGreaterThan(1 / 2);
          expect(evaluation / expected[name]!.evaluation).toBeLessThan(2);
        },
        120_000,
      );
    });

    it("a step fails whose optimizer uses more buffers than the device allows, with tfjs's kernels", async () => {
      const opened = await openTfjsWebgpu("tfjs's");
      const state = initState(model, greedy, 1);
      try {
        await expect(trainStep(model, greedy, crossEntropy)(state, batch)).rejects.toThrow(
          /^trainStep: the device of the backend "webgpu" in step 1 must compute without error, got ".*storage buffers/s,
        );
        // The earlier handler is still called.
        expect(opened.errors.length).toBeGreaterThan(0);
      } finally {
        disposeState(state);
        await opened.close();
      }
    });
  },
);

const plain = sgd({ learningRate });

/** SGD that adds the sum of all gradients' sums to every parameter, in one shader with 28 buffers. */
const greedy: Optimizer = {
  ...plain,
  update: (grads, ...others) =>
    tidy(() => {
      const total = addN(Object.values(grads).map((each) => sum(each)));
      const { params, state } = plain.update(grads, ...others);
      const moved = Object.entries(params).map(([path, each]) => [path, add(each, total)] as const);
      return { params: Object.fromEntries(moved), state };
    }),
};

const batch = {
  images: normals(1, 4, size, size, 3).data,
  labels: Int32Array.of(1, 2, 3, 4),
  shape: [4, size, size, 3] as const,
};

type Trained = {
  readonly losses: readonly number[];
  /** Σ|w' − w| over all variables. */
  readonly change: number;
  readonly evaluation: number;
};

async function train(optimizer: Optimizer): Promise<Trained> {
  const step = trainStep(model, optimizer, crossEntropy);
  let state = initState(model, optimizer, 1);
  const before = await valuesOf(state.params);
  const losses: number[] = [];
  for (let i = 0; i < 2; i++) {
    const next = await step(state, batch);
    disposeState(state);
    state = next.state;
    losses.push(next.loss);
  }
  const after = await valuesOf(state.params);
  const { loss } = await evaluate({
    model,
    params: state.params,
    stats: state.stats,
    batches: (async function* () {
      yield batch;
    })(),
  });
  disposeState(state);
  const change = after.reduce((sum, value, i) => sum + Math.abs(value - before[i]!), 0);
  return { losses, change, evaluation: loss };
}

async function valuesOf(variables: Readonly<Record<string, Tensor>>): Promise<number[]> {
  const read = await Promise.all(Object.values(variables).map((each) => each.data()));
  return read.flatMap((values) => [...values]);
}
