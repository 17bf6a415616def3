import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import {
  getKernel,
  getKernelsForBackend,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** Changes kernels of the cpu backend. @returns a function that restores them */
export type KernelMutant = () => () => void;

/** Applies a function to every number of a kernel's float results and the first input's number at the same index. */
export function mapped(name: string, change: (value: number, x: number) => number): KernelMutant {
  return replaced(name, (kernel) => (call) => {
    const result = kernel.kernelFunc(call) as TensorInfo;
    const [values, x] = [result, Object.values(call.inputs)[0] as TensorInfo].map((each) =>
      valuesOf(call.backend as MathBackendCPU, each),
    ) as [Float32Array, Float32Array];
    if (result.dtype === 'float32') values.set(values.map((value, i) => change(value, x[i]!)));
    return result;
  });
}

/** A kernel whose results are 0, as on a device that drops a command. */
export function zero(name: string): KernelMutant {
  return mapped(name, () => 0);
}

/** Inputs of the eight significant bits of bfloat16, for a convolution or its gradients only with stride 2. */
export function shortInputs(name: string): KernelMutant {
  return replaced(name, (kernel) => (call) => {
    const { strides } = call.attrs as unknown as { strides?: number | [number, number] };
    if (strides !== undefined && Math.max(...[strides].flat()) === 1) return kernel.kernelFunc(call);
    const cpu = call.backend as MathBackendCPU;
    const short = (x: TensorInfo) => cpu.makeTensorInfo(x.shape, x.dtype, valuesOf(cpu, x).map(toBfloat16));
    const inputs = Object.entries(call.inputs).map(([key, x]) => [key, short(x as TensorInfo)]);
    return kernel.kernelFunc({ ...call, inputs: Object.fromEntries(inputs) });
  });
}

/** The nearest number towards 0 whose lower sixteen bits are 0. */
function toBfloat16(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  view.setUint16(2, 0);
  return view.getFloat32(0);
}

/** All float results are 0, as on a device that has failed. */
export const allZero: KernelMutant = () => {
  const names = getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  // Identity and Reshape share their input's memory: zeroing their results would zero the tests' own data.
  const sharing = ['Identity', 'Reshape', 'ExpandDims', 'Pack', 'Cast'];
  const back = names.filter((name) => !sharing.includes(name)).map((name) => zeroOfAny(name)());
  return () => {
    for (const each of back) each();
  };
};

function zeroOfAny(name: string): KernelMutant {
  return replaced(name, (kernel) => (call) => {
    const results = [kernel.kernelFunc(call)].flat() as TensorInfo[];
    for (const each of results) {
      if (each.dtype === 'float32') valuesOf(call.backend as MathBackendCPU, each).fill(0);
    }
    return results.length === 1 ? results[0]! : results;
  });
}

export function unregistered(name: string): KernelMutant {
  return () => {
    const kernel = getKernel(name, 'cpu');
    unregisterKernel(name, 'cpu');
    return () => registerKernel(kernel);
  };
}

export function replaced(name: string, change: (kernel: KernelConfig) => KernelFunc): KernelMutant {
  return () => {
    const kernel = getKernel(name, 'cpu');
    unregisterKernel(name, 'cpu');
    registerKernel({ ...kernel, kernelFunc: change(kernel) });
    return () => {
      unregisterKernel(name, 'cpu');
      registerKernel(kernel);
    };
  };
}

/** How a kernel of {@link standardizing} computes its results from the sums of a slice. */
export type Formula = (slice: {
  readonly mean: number;
  /** Σ(x − μ)² */
  readonly squares: number;
  readonly m: number;
  readonly epsilon: number;
}) => { readonly deviation: number; readonly variance: number };

/** Registers a fused forward kernel of standardizing, which the cpu backend lacks. */
export function standardizing(formula: Formula): KernelMutant {
  return () => {
    registerKernel({
      kernelName: 'NormlabStandardize',
      backendName: 'cpu',
      kernelFunc: ({ inputs, attrs, backend }) => {
        const cpu = backend as MathBackendCPU;
        const { shape, dataId } = inputs.x!;
        const { axes, epsilon } = attrs as unknown as { axes: number[]; epsilon: number };
        const x = cpu.data.get(dataId).values as Float32Array;
        const kept = shape.filter((_, axis) => !axes.includes(axis));
        const slices = new Map<number, number[]>();
        for (const at of x.keys()) {
          const slice = sliceOf(at, shape, axes);
          slices.set(slice, [...(slices.get(slice) ?? []), at]);
        }
        const [y, means, variances] = [x.length, slices.size, slices.size].map((n) => new Float32Array(n));
        for (const [slice, places] of slices) {
          const m = places.length;
          const mean = places.reduce((sum, at) => sum + x[at]!, 0) / m;
          const squares = places.reduce((sum, at) => sum + (x[at]! - mean) ** 2, 0);
          const { deviation, variance } = formula({ mean, squares, m, epsilon });
          for (const at of places) y![at] = (x[at]! - mean) / deviation;
          means![slice] = mean;
          variances![slice] = variance;
        }
        return [
          cpu.makeTensorInfo(shape, 'float32', y!),
          cpu.makeTensorInfo(kept, 'float32', means!),
          cpu.makeTensorInfo(kept, 'float32', variances!),
        ];
      },
    });
    return () => unregisterKernel('NormlabStandardize', 'cpu');
  };
}

function sliceOf(at: number, shape: readonly number[], axes: readonly number[]): number {
  let [rest, slice, width] = [at, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const index = rest % shape[axis]!;
    rest = (rest - index) / shape[axis]!;
    if (axes.includes(axis)) continue;
    slice += width * index;
    width *= shape[axis]!;
  }
  return slice;
}

function valuesOf(cpu: MathBackendCPU, { dataId }: TensorInfo): Float32Array {
  return cpu.data.get(dataId).values as Float32Array;
}
