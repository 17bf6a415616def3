import type { FusedKernelName, FusedKernels } from '@normlab/kernels';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './wasmBackend.js';

type Outputs = TensorInfo | TensorInfo[];

/** A kernel of ours before it is registered for the wasm backend. */
export type TrainingKernel = {
  readonly kernelName: string;
  /** Undefined where the kernel does not do what is asked: another one must. */
  readonly compute: (
    inputs: NamedTensorInfoMap,
    attrs: NamedAttrMap,
    backend: WasmBackend,
  ) => Outputs | undefined;
};

/** What a kernel computes, with its inputs and attributes under the types that tfjs declares for it. */
type Compute<Inputs, Attrs> = (inputs: Inputs, attrs: Attrs, backend: WasmBackend) => Outputs | undefined;

/**
 * Gives a typed computation the untyped signature of tfjs's registry.
 *
 * The registry knows inputs and attributes only as maps; this is the one place where they get their
 * types, on the word of the op that calls the kernel.
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

/** {@link trainingKernel} for a fused kernel of normlab, typed by its contract. */
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
    compute: (inputs, attrs, backend) => compute(inputs as never, attrs as never, backend),
  };
}

/** Kernels of one name as one: what the first does not do the next one is asked for; undefined where none does it. */
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

/** Runs kernels so that, when one throws, as it does when memory runs out, the outputs that it has made are freed. */
function leftoverFreeRunner(): <T>(backend: WasmBackend, run: (backend: WasmBackend) => T) => T {
  let made: TensorInfo[] = [];
  // Made once for a backend: to put an object before another takes longer than a small kernel.
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
    // A kernel may run itself again, on transposed inputs.
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
