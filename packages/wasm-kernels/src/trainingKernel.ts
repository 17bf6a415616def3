import type { FusedKernelName, FusedKernels } from '@normlab/kernels';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.js';

type Outputs = TensorInfo | TensorInfo[];

/** One of our kernels, before it is registered for the wasm backend. */
export type TrainingKernel = {
  readonly kernelName: string;
  /** Returns undefined if the kernel does not support the call: another kernel must do it. */
  readonly compute: (
    inputs: NamedTensorInfoMap,
    attrs: NamedAttrMap,
    backend: WasmBackend,
  ) => Outputs | undefined;
};

/** A kernel's computation, with the types that tfjs declares for its inputs and attributes. */
type Compute<Inputs, Attrs> = (inputs: Inputs, attrs: Attrs, backend: WasmBackend) => Outputs | undefined;

/**
 * Gives a typed computation the untyped signature of tfjs's registry.
 *
 * The registry types inputs and attributes only as maps; this is the only place where they get their types, trusting
 * the op that calls the kernel.
 */
export function trainingKernel<Inputs extends NamedTensorInfoMap, Attrs extends object>(
  kernelName: string,
  compute: Compute<Inputs, Attrs>,
): TrainingKernel {
  return {
    kernelName,
    compute: (inputs, attrs, backend) => compute(inputs as Inputs, attrs as NamedAttrMap & Attrs, backend),
  };
}

/** {@link trainingKernel} for a fused kernel of normlab, typed by its contract: labels are int32, all else is float32. */
export function fusedTrainingKernel<Name extends FusedKernelName>(
  kernelName: Name,
  compute: (
    inputs: FusedKernels<TensorInfo>[Name]['inputs'],
    attrs: FusedKernels<TensorInfo>[Name]['attrs'],
    backend: WasmBackend,
  ) => FusedKernels<TensorInfo>[Name]['outputs'] | undefined,
): TrainingKernel {
  return {
    kernelName,
    compute: (inputs, attrs, backend) =>
      haveTypes(inputs) ? compute(inputs as never, attrs as never, backend) : undefined,
  };
}

/** Kernels take the bits of another type for those of the right one. An input may be a list, or missing. */
function haveTypes(
  inputs: Readonly<Record<string, TensorInfo | readonly TensorInfo[] | undefined>>,
): boolean {
  for (const name in inputs) {
    const type = name === 'labels' ? 'int32' : 'float32';
    if ([inputs[name] ?? []].flat().some(({ dtype }) => dtype !== type)) return false;
  }
  return true;
}

/**
 * Several kernels of the same name as one: if the first does not support a call, the next one is tried; undefined if
 * none does.
 */
export function firstOf(
  candidates: readonly TrainingKernel[],
): (params: Parameters<KernelFunc>[0]) => Outputs | undefined {
  const withoutLeftovers = leftoverFreeRunner();
  return ({ inputs, attrs = {}, backend }) => {
    for (const { compute } of candidates) {
      const outputs = withoutLeftovers(backend as WasmBackend, (each) => compute(inputs, attrs, each));
      if (outputs !== undefined) return outputs;
    }
    return undefined;
  };
}

/**
 * Runs kernels so that, if one throws (for example because the memory is full), the outputs that it has created are
 * freed.
 */
function leftoverFreeRunner(): <T>(backend: WasmBackend, run: (backend: WasmBackend) => T) => T {
  let made: TensorInfo[] = [];
  // Created once per backend: creating a derived object takes longer than a small kernel.
  const recorders = new WeakMap<WasmBackend, WasmBackend>();
  const recorderOf = (backend: WasmBackend): WasmBackend => {
    const known = recorders.get(backend);
    if (known !== undefined) return known;
    const makeOutput: WasmBackend['makeOutput'] = (shape, dtype) => {
      const output = backend.makeOutput(shape, dtype);
      made.push(output);
      return output;
    };
    const recorder: WasmBackend = Object.create(backend, { makeOutput: { value: makeOutput } });
    recorders.set(backend, recorder);
    return recorder;
  };
  return (backend, run) => {
    // A kernel may call itself, on transposed inputs.
    const outer = made;
    made = [];
    try {
      return run(recorderOf(backend));
    } catch (error) {
      for (const { dataId } of made) backend.disposeData(dataId, true);
      throw error;
    } finally {
      made = outer;
    }
  };
}
