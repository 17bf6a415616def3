import type { OpenBackend, OpenBackendOptions } from './backend.js';

/** The arguments of an opener: the checked options, and what tfjs is to do. */
export type DeviceRequest = OpenBackendOptions & {
  /** Makes the backend that the opener has registered tfjs's active one, and waits until it is ready. */
  activate(): Promise<void>;
  /**
   * Notes what is to end once tfjs no longer has the backend, be it that it is closed or that opening it fails from here
   * on: removing a backend can need its threads and devices.
   */
  afterRemoval(end: () => Promise<void>): void;
};

/** An opened backend, without the parts that are the same for all backends. */
export type Device = Pick<OpenBackend, 'description' | 'threads' | 'tensorHeap'> & {
  /** Called before tfjs removes the backend. */
  release?(): Promise<void>;
};

/** Registers one backend with tfjs, activates it, and adds what training needs. */
export type DeviceOpener = (request: DeviceRequest) => Promise<Device>;
