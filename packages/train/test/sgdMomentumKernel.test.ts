import { type OpenBackend, openBackend } from '@normlab/backends';
import { constant, sgd } from '@normlab/train';
import {
  add,
  engine,
  mul,
  registerKernel,
  sub,
  type Tensor,
  type TensorInfo,
  tensor1d,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

let backend: OpenBackend;
beforeAll(async () => {
  backend = await openBackend('cpu');
});
afterAll(() => backend.close());

describe('the fused kernel of sgd', () => {
  afterEach(() => unregisterKernel('NormlabSgdMomentum', 'cpu'));

  it('replaces the composed operations for each variable, with the variable’s own weight decay', () => {
    const optimizer = sgd({
      learningRate: constant(0.5),
      momentum: 0.25,
      nesterov: true,
      l2: 2,
      l2On: 'kernels',
    });
    const params = { 'a/kernel': tensor1d([1, 2]), 'a/bias': tensor1d([3]) };
    const grads = { 'a/kernel': tensor1d([4, 5]), 'a/bias': tensor1d([6]) };
    const state = optimizer.init(params);
    const calls: object[] = [];
    register(calls);
    const next = optimizer.update(grads, state, params, 0);
    const shared = { learningRate: 0.5, momentum: 0.25, nesterov: true };
    expect(calls).toEqual([
      { ...shared, weightDecay: 2 },
      { ...shared, weightDecay: 0 },
    ]);
    // The test's kernel returns param − grad and velocity + 7·grad.
    expect([...next.params['a/kernel']!.dataSync()]).toEqual([-3, -3]);
    expect([...next.state['a/bias/velocity']!.dataSync()]).toEqual([42]);
  });

  it('is not used at momentum 0, which has no velocity', () => {
    const calls: object[] = [];
    register(calls);
    const params = { w: tensor1d([1]) };
    const next = sgd({ learningRate: constant(1) }).update({ w: tensor1d([3]) }, {}, params, 0);
    expect(calls).toEqual([]);
    expect([...next.params.w!.dataSync()]).toEqual([-2]);
  });
});

/** Registers a kernel that computes something other than sgd, so that a test can tell which code ran. */
function register(calls: object[]): void {
  registerKernel({
    kernelName: 'NormlabSgdMomentum',
    backendName: 'cpu',
    kernelFunc: ({ inputs, attrs }) => {
      calls.push({ ...attrs });
      const tensorOf = ({ dataId, shape, dtype }: TensorInfo): Tensor =>
        engine().makeTensorFromTensorInfo({ dataId, shape, dtype });
      const [param, grad, velocity] = [inputs.param!, inputs.grad!, inputs.velocity!].map(tensorOf);
      return [sub(param!, grad!), add(velocity!, mul(grad!, 7))];
    },
  });
}
