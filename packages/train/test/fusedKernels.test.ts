import { type OpenBackend, openBackend } from '@normlab/backends';
import type { FusedKernelName, FusedKernels } from '@normlab/kernels';
import { adamW, crossEntropy, sgd, valueAndGradients } from '@normlab/train';
import {
  add,
  engine,
  mul,
  registerKernel,
  scalar,
  sub,
  sum,
  type Tensor,
  type TensorInfo,
  tensor1d,
  tensor2d,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { countCorrect } from '../src/countCorrect.js';
import { totalOf } from '../src/totalOf.js';

let backend: OpenBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.close());

const registered: string[] = [];
afterEach(() => {
  for (const name of registered.splice(0)) unregisterKernel(name, 'cpu');
});

/** Registers a kernel that computes something of its own, so that a test can tell which code ran; returns its calls. */
function register<Name extends FusedKernelName>(
  kernelName: Name,
  compute: (inputs: FusedKernels[Name]['inputs']) => Tensor[],
): object[] {
  const calls: object[] = [];
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      calls.push({ ...attrs });
      const given = inputs as unknown as Record<string, TensorInfo | TensorInfo[]>;
      const tensors = Object.entries(given).map(([name, each]) => [
        name,
        Array.isArray(each) ? each.map(tensorOf) : tensorOf(each),
      ]);
      return compute(Object.fromEntries(tensors));
    },
  });
  registered.push(kernelName);
  return calls;
}

function tensorOf({ dataId, shape, dtype }: TensorInfo): Tensor {
  return engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
}

const valuesOf = (tensor: Tensor): number[] => [...tensor.dataSync()];

describe('fused kernels replace the composed operations', () => {
  it('adamW: one call for all variables, with the decay of each and the corrections of the step', () => {
    const calls = register('NormlabAdamWStep', ({ params, grads, firstMoments, secondMoments }) => [
      ...params.map((param, i) => sub(param, grads[i]!)),
      ...firstMoments.map((moment, i) => add(moment, mul(grads[i]!, 3))),
      ...secondMoments.map((moment, i) => add(moment, mul(grads[i]!, 7))),
    ]);
    const optimizer = adamW({
      learningRate: 0.5,
      beta1: 0.5,
      beta2: 0.75,
      epsilon: 0.25,
      weightDecay: 0.5,
      decayOn: 'kernels',
    });
    const params = { 'a/kernel': tensor1d([1, 2]), 'a/bias': tensor1d([3]) };
    const grads = { 'a/kernel': tensor1d([4, 5]), 'a/bias': tensor1d([6]) };
    const next = optimizer.update(grads, optimizer.init(params), params, 1);
    // t = 2: η/(1 − β₁²) = 0.5/0.75, √(1 − β₂²) = √0.4375; a kernel keeps 1 − η·λ = 0.75 of itself.
    const shared = {
      beta1: 0.5,
      beta2: 0.75,
      epsilon: 0.25,
      stepSize: 0.5 / 0.75,
      rootCorrection: Math.sqrt(0.4375),
    };
    expect(calls).toEqual([{ ...shared, kept: [0.75, 1] }]);
    expect(valuesOf(next.params['a/kernel']!)).toEqual([-3, -3]);
    expect(valuesOf(next.params['a/bias']!)).toEqual([-3]);
    expect(valuesOf(next.state['a/kernel/firstMoment']!)).toEqual([12, 15]);
    expect(valuesOf(next.state['a/kernel/secondMoment']!)).toEqual([28, 35]);
    expect(valuesOf(next.state['a/bias/firstMoment']!)).toEqual([18]);
    expect(valuesOf(next.state['a/bias/secondMoment']!)).toEqual([42]);
  });

  describe('sgd', () => {
    const registerSgd = () =>
      register('NormlabSgdMomentumStep', ({ params, grads, velocities }) => [
        ...params.map((param, i) => sub(param, grads[i]!)),
        ...velocities.map((velocity, i) => add(velocity, mul(grads[i]!, 7))),
      ]);

    it('one call for all variables, with the weight decay of each', () => {
      const calls = registerSgd();
      const optimizer = sgd({ learningRate: 0.5, momentum: 0.25, nesterov: true, l2: 2, l2On: 'kernels' });
      const params = { 'a/kernel': tensor1d([1, 2]), 'a/bias': tensor1d([3]) };
      const grads = { 'a/kernel': tensor1d([4, 5]), 'a/bias': tensor1d([6]) };
      const next = optimizer.update(grads, optimizer.init(params), params, 0);
      const shared = { learningRate: 0.5, momentum: 0.25, nesterov: true };
      expect(calls).toEqual([{ ...shared, weightDecays: [2, 0] }]);
      expect(valuesOf(next.params['a/kernel']!)).toEqual([-3, -3]);
      expect(valuesOf(next.params['a/bias']!)).toEqual([-3]);
      expect(valuesOf(next.state['a/kernel/velocity']!)).toEqual([28, 35]);
      expect(valuesOf(next.state['a/bias/velocity']!)).toEqual([42]);
    });

    it('no call at momentum 0, which has no velocity', () => {
      const calls = registerSgd();
      const next = sgd({ learningRate: 1 }).update({ w: tensor1d([3]) }, {}, { w: tensor1d([1]) }, 0);
      expect(calls).toEqual([]);
      expect(valuesOf(next.params.w!)).toEqual([-2]);
    });
  });

  it('crossEntropy: the kernel’s value, and its slope times dy', () => {
    register('NormlabSoftmaxCrossEntropy', ({ logits, labels }) => [sum(labels), mul(logits, 3)]);
    const [z, labels] = [tensor2d([[1, 2]]), tensor1d([5], 'int32')];
    const { value, gradients } = valueAndGradients(
      () => ({ value: mul(crossEntropy(z, labels), 2), byproducts: [] }),
      { z },
    );
    expect(valuesOf(value)).toEqual([10]);
    expect(valuesOf(gradients.z!)).toEqual([6, 12]);
  });

  it('countCorrect: the kernel’s count, of the same logits and labels', () => {
    register('NormlabCountCorrect', ({ logits, labels }) => [add(mul(sum(logits), 100), sum(labels))]);
    expect(valuesOf(countCorrect(tensor2d([[1, 2]]), tensor1d([5], 'int32')))).toEqual([305]);
  });

  it('totalOf: all tensors in one call', () => {
    const calls = register('NormlabTotal', (inputs) => [scalar(100 + Object.keys(inputs).length)]);
    expect(valuesOf(totalOf([scalar(1), scalar(2), scalar(3)]))).toEqual([103]);
    expect(calls).toHaveLength(1);
  });
});
