import { Identity, type IdentityInputs, type TensorInfo } from '@tensorflow/tfjs-core';
import { trainingKernel } from '../trainingKernel.js';
import { sharedWith } from '../wasmBackend.js';

/**
 * A clone that shares its source's memory, as on tfjs's other backends; tfjs's wasm backend copies.
 *
 * Tensors never change, and the backend counts the references to their memory. A training step clones every tensor
 * that a gradient will need, so copying costs as much time as an activation function, and twice the memory.
 */
export const sharingIdentity = trainingKernel(Identity, (inputs: IdentityInputs, _: object, backend) => {
  const x = inputs.x as TensorInfo;
  return x.dtype === 'string' ? undefined : sharedWith(backend, x);
});
