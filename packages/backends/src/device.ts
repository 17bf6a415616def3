import type { OpenBackend, OpenBackendOptions } from './backend.js';

/** What an opener gets: the options, checked, and the call that makes the registered backend tfjs's active one. */
export type DeviceRequest = OpenBackendOptions & {
  /** Sets the backend that the opener has registered and waits until it is ready. */
  activate(): Promise<void>;
};

/** An opened backend without the bookkeeping that all backends share. */
export type Device = Pick<OpenBackend, 'description' | 'threads' | 'tensorHeap'> & {
  /** What must end before tfjs removes the backend. */
  release?(): Promise<void>;
  /** What can end only after that. */
  end?(): Promise<void>;
};

/** Registers one backend with tfjs, activates it, and adds what training needs. */
export type DeviceOpener = (request: DeviceRequest) => Promise<Device>;
