// Loaded before the command: a cpu backend that is lost in the third training step of ALL-CNN, as a GPU may be.
import { BackendError } from '@normlab/errors';
import '@tensorflow/tfjs-backend-cpu';
import { getKernel, registerKernel, unregisterKernel } from '@tensorflow/tfjs-core';

const name = 'Conv2DBackpropFilter';
const kernel = getKernel(name, 'cpu');
/** The convolutions of ALL-CNN, each of which has the gradient of one filter in a step. */
const convolutions = 9;
let calls = 0;
unregisterKernel(name, 'cpu');
registerKernel({
  ...kernel,
  kernelFunc: (params) => {
    calls += 1;
    if (calls <= 2 * convolutions) return kernel.kernelFunc(params);
    throw new BackendError({ where: 'webgpu', what: 'the device', rule: 'exist', got: 'lost' });
  },
});
