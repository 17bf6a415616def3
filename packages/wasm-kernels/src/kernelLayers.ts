import { BackendError } from '@normlab/errors';
import {
  getKernel,
  type KernelConfig,
  type KernelFunc,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import type { WasmBackend, WasmModule } from './wasmBackend.js';

/** What one registration has for one name of tfjs's kernels. */
export type KernelLayer = {
  /** The module whose memory the layer computes in; other modules' tensors are not its own. */
  readonly module: WasmModule;
  /** Undefined where the layer does not do what is asked. */
  readonly compute: (params: Parameters<KernelFunc>[0]) => TensorInfo | TensorInfo[] | undefined;
  /** Called before tfjs disposes of a backend with this module. */
  readonly end: () => void;
};

/** An entry of tfjs's registry that asks layers, the newest first, and then the entry that was there before. */
type LayeredKernel = KernelConfig & {
  readonly [layersKey]: { readonly original: KernelConfig | undefined; readonly layers: KernelLayer[] };
};

/** The same symbol in every copy of this package, so that their layers share one entry. */
const layersKey: unique symbol = Symbol.for('@normlab/wasm-kernels/kernel-layers');

/**
 * Puts a layer above whatever `wasm` has under a name, and returns the way back.
 *
 * Layers may leave in any order; with the last one the entry that was there before comes back, unless somebody else
 * has put another entry in the place of ours meanwhile.
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
    kernelFunc: (params) => {
      const { wasm } = params.backend as WasmBackend;
      for (let i = layers.length - 1; i >= 0; i--) {
        const { module, compute } = layers[i]!;
        const outputs = module === wasm ? compute(params) : undefined;
        if (outputs !== undefined) return outputs;
      }
      if (original !== undefined) return original.kernelFunc(params);
      const { inputs, attrs } = params;
      throw new BackendError({
        where: kernelName,
        what: 'the inputs and attributes',
        rule: 'be of a kind that the wasm backend computes',
        got: { shapes: Object.values(inputs).map((each) => each?.shape), ...attrs },
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
