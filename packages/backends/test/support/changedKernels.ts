import { randomStream } from '@normlab/random';
import { unitRoundoff } from '@normlab/testing';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { localErrorOf } from './localErrors.js';

/** The largest relative error of one rounding to float32. */
/** Makes a changed kernel from a registered one. */
export type KernelChange = (kernel: KernelConfig) => KernelFunc;

/** Runs with the kernels of the cpu backend changed. */
export async function withChangedKernels<T>(change: KernelChange, run: () => Promise<T>): Promise<T> {
  const kernels = getKernelsForBackend('cpu');
  for (const kernel of kernels) replace({ ...kernel, kernelFunc: change(kernel) });
  try {
    return await run();
  } finally {
    for (const kernel of kernels) replace(kernel);
  }
}

/**
 * Changes every result of a kernel by the largest error that a backend may make, up or down at random: Monte Carlo
 * arithmetic (Parker 1997).
 */
export function roundingNoise(seed: number): KernelChange {
  const stream = randomStream(seed);
  return (kernel) => disturbed(kernel, () => (stream.uniform() < 0.5 ? -1 : 1));
}

/** Multiplies the results of one kernel by a factor. */
export function scaledResults(kernelName: string, factor: number): KernelChange {
  return (kernel) => (call) => {
    const result = kernel.kernelFunc(call);
    if (kernel.kernelName !== kernelName) return result;
    const values = valuesOf(call.backend as MathBackendCPU, result as TensorInfo);
    values.forEach((value, i) => {
      values[i] = factor * value;
    });
    return result;
  };
}

function replace(kernel: KernelConfig): void {
  unregisterKernel(kernel.kernelName, 'cpu');
  registerKernel(kernel);
}

function disturbed({ kernelName, kernelFunc }: KernelConfig, sign: () => number): KernelFunc {
  return (call) => {
    const result = kernelFunc(call) as TensorInfo;
    const error = localErrorOf(kernelName);
    if (error === undefined || result.dtype !== 'float32') return result;
    const cpu = call.backend as MathBackendCPU;
    const inputs = Object.entries(call.inputs as Record<string, TensorInfo>);
    const output = valuesOf(cpu, result);
    const errors = error({
      inputs: Object.fromEntries(inputs.map(([name, tensor]) => [name, valuesOf(cpu, tensor)])),
      shapes: Object.fromEntries(inputs.map(([name, { shape }]) => [name, shape])),
      output,
      ofMagnitudes: () => {
        const sizes = inputs.map(
          ([name, tensor]) =>
            [name, cpu.makeTensorInfo(tensor.shape, 'float32', valuesOf(cpu, tensor).map(Math.abs))] as const,
        );
        // AddN takes an array, all other kernels a record.
        const given: object = Array.isArray(call.inputs)
          ? sizes.map(([, size]) => size)
          : Object.fromEntries(sizes);
        const total = kernelFunc({ ...call, inputs: given as typeof call.inputs }) as TensorInfo;
        const values = valuesOf(cpu, total);
        for (const each of [total, ...sizes.map(([, size]) => size)]) cpu.disposeData(each.dataId);
        return values;
      },
    });
    for (let i = 0; i < output.length; i++) output[i]! += sign() * errors[i]! * unitRoundoff;
    return result;
  };
}

function valuesOf(cpu: MathBackendCPU, { dataId }: TensorInfo): Float32Array {
  return cpu.data.get(dataId).values as Float32Array;
}
