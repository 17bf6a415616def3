import { type OpenBackend, openBackend } from '@normlab/backends';
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
function register(
  kernelName: string,
  compute: (inputs: Readonly<Record<string, Tensor>>) => Tensor[],
): object[] {
  const calls: object[] = [];
  registerKernel({
    kernelName,
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      calls.push({ ...attrs });
      const tensors = Object.entries(inputs).map(([name, each]) => [name, tensorOf(each!)] as const);
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
  it('adamW: one call per variable, with its own decay and the corrections of the step', () => {
    const calls = register('NormlabAdamW', ({ param, grad, firstMoment, secondMoment }) => [
      sub(param!, grad!),
      add(firstMoment!, mul(grad!, 3)),
      add(secondMoment!, mul(grad!, 7)),
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
    expect(calls).toEqual([
      { ...shared, kept: 0.75 },
      { ...shared, kept: 1 },
    ]);
    expect(valuesOf(next.params['a/kernel']!)).toEqual([-3, -3]);
    expect(valuesOf(next.state['a/bias/firstMoment']!)).toEqual([18]);
    expect(valuesOf(next.state['a/bias/secondMoment']!)).toEqual([42]);
  });

  describe('sgd', () => {
    const registerSgd = () =>
      register('NormlabSgdMomentum', ({ param, grad, velocity }) => [
        sub(param!, grad!),
        add(velocity!, mul(grad!, 7)),
      ]);

    it('one call per variable, with its own weight decay', () => {
      const calls = registerSgd();
      const optimizer = sgd({ learningRate: 0.5, momentum: 0.25, nesterov: true, l2: 2, l2On: 'kernels' });
      const params = { 'a/kernel': tensor1d([1, 2]), 'a/bias': tensor1d([3]) };
      const grads = { 'a/kernel': tensor1d([4, 5]), 'a/bias': tensor1d([6]) };
      const next = optimizer.update(grads, optimizer.init(params), params, 0);
      const shared = { learningRate: 0.5, momentum: 0.25, nesterov: true };
      expect(calls).toEqual([
        { ...shared, weightDecay: 2 },
        { ...shared, weightDecay: 0 },
      ]);
      expect(valuesOf(next.params['a/kernel']!)).toEqual([-3, -3]);
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
    register('NormlabSoftmaxCrossEntropy', ({ logits, labels }) => [sum(labels!), mul(logits!, 3)]);
    const [z, labels] = [tensor2d([[1, 2]]), tensor1d([5], 'int32')];
    const { value, gradients } = valueAndGradients(
      () => ({ value: mul(crossEntropy(z, labels), 2), byproducts: [] }),
      { z },
    );
    expect(valuesOf(value)).toEqual([10]);
    expect(valuesOf(gradients.z!)).toEqual([6, 12]);
  });

  it('totalOf: all tensors in one call', () => {
    const calls = register('NormlabTotal', (inputs) => [scalar(100 + Object.keys(inputs).length)]);
    expect(valuesOf(totalOf([scalar(1), scalar(2), scalar(3)]))).toEqual([103]);
    expect(calls).toHaveLength(1);
  });
});
