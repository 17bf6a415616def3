import { normalArray, onBackends, readAll, toTensor } from '@normlab/testing';
import { type Tensor, type Tensor1D, type TensorContainer, tensor1d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import * as ops from '../src/index.js';

type Options = Readonly<Record<string, unknown>>;
type Case = {
  /** What an option is if it is left out, and another value, with which the result must differ. */
  readonly defaults: Options;
  readonly others: Options;
  readonly call: (x: Tensor, options?: never) => TensorContainer;
};

const stats = () => ({ mean: tensor1d([0.1, 0, -0.1, 0.2]), variance: tensor1d([1e-5, 2e-5, 1e-5, 3e-5]) });
const epsilon = { defaults: { epsilon: 1e-5 }, others: { epsilon: 1e-3 } };
const training = { defaults: { epsilon: 1e-5, decay: 0.9 }, others: { epsilon: 1e-3, decay: 0.99 } };
const overAxes = { defaults: { epsilon: 1e-5, axes: [-1] }, others: { epsilon: 1e-3, axes: [1, 2, 3] } };

/** Every operation with options, but the one whose only option has no default. */
const cases: Readonly<Record<string, Case>> = {
  standardize: { ...epsilon, call: (x, options) => ops.standardize(x, [0, 1], options) },
  batchNormTrain: { ...training, call: (x, options) => ops.batchNormTrain(x, {}, stats(), options) },
  batchNormReluTrain: { ...training, call: (x, options) => ops.batchNormReluTrain(x, {}, stats(), options) },
  batchNormInfer: { ...epsilon, call: (x, options) => ops.batchNormInfer(x, {}, stats(), options) },
  constantBatchNormTrain: {
    ...training,
    call: (x, options) => ops.constantBatchNormTrain(x, stats(), options),
  },
  constantBatchNormInfer: {
    ...epsilon,
    call: (x, options) => ops.constantBatchNormInfer(x, stats(), options),
  },
  layerNorm: { ...overAxes, call: (x, options) => ops.layerNorm(x, {}, options) },
  instanceNorm: { ...epsilon, call: (x, options) => ops.instanceNorm(x, {}, options) },
  groupNorm: {
    ...epsilon,
    call: (x, options) => ops.groupNorm(x, {}, { groups: 2, ...(options as object | undefined) }),
  },
  rmsNorm: { ...overAxes, call: (x, options) => ops.rmsNorm(x, {}, options) },
  weightStandardize: { ...epsilon, call: (x, options) => ops.weightStandardize(x, options) },
  foldBatchNorm: {
    ...epsilon,
    call: (x, options) =>
      ops.foldBatchNorm({ kernel: x, bias: tensor1d([0, 1, 2, 3]) as Tensor1D }, {}, stats(), options),
  },
};

it('every operation with options is here', () => {
  const named = Object.keys(ops).filter((name) => name !== 'weightNorm');
  expect(Object.keys(cases).sort()).toEqual(named.sort());
});

onBackends('defaults', ['cpu'], () => {
  it.each(Object.entries(cases))('%s', async (_, { defaults, others, call }) => {
    // A spread of .003: its variance is near the ε that is the default.
    const values = normalArray([3, 2, 2, 4], 1, { deviation: 0.003 });
    const results = async (options?: Options) =>
      JSON.stringify(await readAll(() => flat(call(toTensor(values), options as never))));
    const without = await results();
    expect(await results(defaults)).toBe(without);
    for (const [option, other] of Object.entries(others)) {
      expect(await results({ ...defaults, [option]: other }), option).not.toBe(without);
    }
  });
});

/** The tensors of a result by their path in it. */
function flat(result: TensorContainer, path = 'y'): Record<string, Tensor> {
  if (isTensor(result)) return { [path]: result };
  const parts = Object.entries(result as Record<string, TensorContainer>);
  return Object.assign({}, ...parts.map(([name, part]) => flat(part, `${path}.${name}`)));
}

function isTensor(result: TensorContainer): result is Tensor {
  return typeof result === 'object' && result !== null && 'dataId' in result;
}
