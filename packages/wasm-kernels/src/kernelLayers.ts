import { BackendError } from '@normlab/errors';
import { winogradKey } from '@normlab/kernels';
import {
  Conv2D,
  getKernel,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { WasmBackend, WasmModule } from './wasmBackend.js';

/** One registration's implementation of one of tfjs's kernel names. */
export type KernelLayer = {
  /** The module in whose memory the layer computes; it does not handle tensors of other modules. */
  readonly module: WasmModule;
  /** Returns undefined if the layer does not support the call. */
  readonly compute: (params: Parameters<KernelFunc>[0]) => TensorInfo | TensorInfo[] | undefined;
  /** Called before tfjs disposes a backend with this module. */
  readonly end: () => void;
};

/** An entry of tfjs's registry that tries its layers, the newest first, and then the original entry. */
type LayeredKernel = KernelConfig & {
  readonly [layersKey]: { readonly original: KernelConfig | undefined; readonly layers: KernelLayer[] };
};

/** All copies of this package use the same symbol, so that their layers share one entry. */
const layersKey: unique symbol = Symbol.for('@normlab/wasm-kernels/kernel-layers');

/**
 * Adds a layer above the entry that `wasm` has for a kernel name, and returns a function that removes it.
 *
 * Layers may be removed in any order; after the last one the original entry is restored, unless someone else has
 * replaced our entry meanwhile.
 */
export function addKernelLayer(kernelName: string, layer: KernelLayer): () => void {
  const current: KernelConfig | undefined = getKernel(kernelName, 'wasm');
  const entry = isLayered(current) ? current : layeredKernel(kernelName, current);
  if (entry !== current) replaceKernel(current, entry);
  const { original, layers } = entry[layersKey];
  layers.push(layer);
  return () => {
    const place = layers.indexOf(layer);
    if (place >= 0) layers.splice(place, 1);
    if (layers.length === 0 && getKernel(kernelName, 'wasm') === entry) replaceKernel(entry, original);
  };
}

function layeredKernel(kernelName: string, original: KernelConfig | undefined): LayeredKernel {
  const layers: KernelLayer[] = [];
  return {
    kernelName,
    backendName: 'wasm',
    [layersKey]: { original, layers },
    ...(kernelName === Conv2D && { [winogradKey]: true }),
    kernelFunc: (params) => {
      const { wasm } = params.backend as WasmBackend;
      for (let i = layers.length - 1; i >= 0; i--) {
        const { module, compute } = layers[i]!;
        const outputs = module === wasm ? compute(params) : undefined;
        if (outputs !== undefined) return outputs;
      }
      if (original !== undefined) return original.kernelFunc(params);
      const { inputs, attrs } = params;
      const tensors = Object.values(inputs).flat();
      throw new BackendError({
        where: kernelName,
        what: 'the inputs and attributes',
        rule: 'be supported by the wasm backend',
        got: {
          shapes: tensors.map((each) => each?.shape),
          types: tensors.map((each) => each?.dtype),
          ...attrs,
        },
      });
    },
    setupFunc: (backend) => original?.setupFunc?.(backend),
    disposeFunc: (backend) => {
      original?.disposeFunc?.(backend);
      const { wasm } = backend as WasmBackend;
      for (const { module, end } of [...layers]) if (module === wasm) end();
    },
  };
}

/** tfjs warns of a second registration under one name. */
function replaceKernel(before: KernelConfig | undefined, after: KernelConfig | undefined): void {
  if (before !== undefined) unregisterKernel(before.kernelName, before.backendName);
  if (after !== undefined) registerKernel(after);
}

function isLayered(entry: KernelConfig | undefined): entry is LayeredKernel {
  return entry !== undefined && layersKey in entry;
}
