import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Heap } from './heap.js';
import { spareMemory } from './spareMemory.js';

type DataId = TensorInfo['dataId'];

/** A filter in memory. */
export type PlacedFilter = { readonly dataId: DataId; readonly address: number };

/** The parts of tfjs's backend that are needed here: what frees tensors, and the module with the heap. */
type Disposing = {
  disposeData(dataId: DataId, force?: boolean): boolean;
  readonly wasm: object;
};

/**
 * The most memory of kept filters, in bytes: those of ALL-CNN at full width take 38 MiB. Filters that would not fit are
 * prepared anew at each call.
 */
const mostBytes = 64 * 2 ** 20;

/**
 * Filters in the form in which a convolution reads them, kept from call to call as long as the filter's tensor lives.
 *
 * A filter's form is kept from its second use on: in training, each step has new filters, which are used once, and
 * keeping their forms would only take memory. Where the heap would refuse a request, all forms are freed first, but for
 * the one in use.
 */
export type KeptFilters = {
  /**
   * Calls `use` with the address of a filter's form.
   *
   * @param form the name of the form: with the same name, a filter has the same bytes; without a name it is not kept
   * @param prepare writes the form to an address; called only if the form is not kept
   */
  with(
    filter: DataId,
    form: string | undefined,
    bytes: number,
    prepare: (address: number) => void,
    use: (address: number) => void,
  ): void;
  /** Frees all. */
  close(): void;
};

/** A kept form, or the mark of a form that was used once. */
type Kept = { readonly address: number; readonly bytes: number } | 'used once';

export function keepFilters(heap: Heap, backend: Disposing): KeptFilters {
  const filters = new Map<DataId, Map<string, Kept>>();
  let keptBytes = 0;
  let inUse: DataId | undefined;
  const drop = (filter: DataId) => {
    for (const kept of filters.get(filter)?.values() ?? []) {
      if (kept === 'used once') continue;
      heap.free(kept.address);
      keptBytes -= kept.bytes;
    }
    filters.delete(filter);
  };
  const note = (filter: DataId, form: string, kept: Kept) => {
    const forms = filters.get(filter);
    if (forms === undefined) filters.set(filter, new Map([[form, kept]]));
    else forms.set(form, kept);
    if (kept !== 'used once') keptBytes += kept.bytes;
  };
  const dropUnused = () => {
    for (const filter of [...filters.keys()]) if (filter !== inUse) drop(filter);
  };
  const stopListening = whenDisposed(backend, drop);
  spareMemory(backend.wasm).add(dropUnused);
  const withForm: KeptFilters['with'] = (filter, form, bytes, prepare, use) => {
    const kept = form === undefined ? undefined : filters.get(filter)?.get(form);
    if (kept !== undefined && kept !== 'used once') return use(kept.address);
    const address = heap.allocate(bytes);
    let isKept = false;
    try {
      prepare(address);
      if (form !== undefined) {
        isKept = kept === 'used once' && keptBytes + bytes <= mostBytes;
        note(filter, form, isKept ? { address, bytes } : 'used once');
      }
      use(address);
    } finally {
      if (!isKept) heap.free(address);
    }
  };
  return {
    with(filter, ...rest) {
      inUse = filter;
      try {
        withForm(filter, ...rest);
      } finally {
        inUse = undefined;
      }
    },
    close() {
      stopListening();
      spareMemory(backend.wasm).delete(dropUnused);
      for (const filter of [...filters.keys()]) drop(filter);
    },
  };
}

type Listener = (dataId: DataId) => void;

/** The listeners of a backend, for every copy of this package. */
const listenersKey: unique symbol = Symbol.for('@normlab/wasm-kernels/disposal-listeners');

type Listened = Disposing & { [listenersKey]?: Set<Listener> };

/**
 * Calls a listener after the memory of a tensor was freed.
 *
 * @returns ends it
 */
function whenDisposed(backend: Listened, listener: Listener): () => void {
  const listeners = backend[listenersKey] ?? listenTo(backend);
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Stays as long as the backend lives: someone else may have wrapped the function meanwhile. */
function listenTo(backend: Listened): Set<Listener> {
  const listeners = new Set<Listener>();
  const dispose = backend.disposeData.bind(backend);
  backend.disposeData = (dataId, force) => {
    const isGone = dispose(dataId, force);
    if (isGone) for (const listener of listeners) listener(dataId);
    return isGone;
  };
  Object.defineProperty(backend, listenersKey, { value: listeners });
  return listeners;
}
