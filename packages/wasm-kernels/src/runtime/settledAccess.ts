import type { KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { pendingJobs } from './pendingJobs.js';

type DataId = TensorInfo['dataId'];
type Place = { readonly memoryOffset: number; readonly shape: readonly number[] };

/** Looks a tensor's place up without waiting for jobs, for every copy of this package. */
const placeKey: unique symbol = Symbol.for('@normlab/wasm-kernels/place-of-tensor');

/** Functions of the backend that look a tensor up but do not touch its values. */
const bookkeeping = ['incRef', 'disposeData', 'refCount'] as const;

/** The parts of tfjs's backend that are needed here. */
type Placing = Pick<KernelBackend, (typeof bookkeeping)[number] | 'time'> & {
  readonly wasm: object;
  readonly dataIdMap: { get: (dataId: DataId) => Place };
  readonly [placeKey]?: (dataId: DataId) => Place;
};

/**
 * Makes whoever asks a backend for a tensor's place in memory wait until all jobs are done: tfjs's own kernels,
 * readbacks, and anyone else's code. Our kernels use {@link placeOf}, as their jobs run one after another.
 *
 * Stays as long as the backend lives: someone else may have wrapped its functions meanwhile.
 */
export function settleBeforeAccess(backend: Placing): void {
  if (placeKey in backend) return;
  const map = backend.dataIdMap;
  const place = map.get.bind(map);
  const jobs = pendingJobs(backend.wasm);
  let isBookkeeping = false;
  map.get = (dataId) => {
    if (!isBookkeeping) jobs.settle();
    return place(dataId);
  };
  const functions: Partial<Pick<Placing, (typeof bookkeeping)[number]>> = {};
  for (const name of bookkeeping) {
    const own = backend[name].bind(backend) as (...given: unknown[]) => never;
    functions[name] = (...given: unknown[]) => {
      isBookkeeping = true;
      try {
        return own(...given);
      } finally {
        isBookkeeping = false;
      }
    };
  }
  const time = backend.time.bind(backend);
  const timed: Pick<Placing, 'time'> = {
    time(run) {
      jobs.settle();
      return time(() => {
        run();
        jobs.settle();
      });
    },
  };
  Object.assign(backend, functions, timed);
  Object.defineProperty(backend, placeKey, { value: place });
}

/** Where a tensor's values lie, also while jobs write them. */
export function placeOf(backend: Placing, dataId: DataId): Place {
  return backend[placeKey]?.(dataId) ?? backend.dataIdMap.get(dataId);
}
