import type { RegisterWasmKernelsOptions, TensorHeap } from '@normlab/wasm-kernels';

/** Names that {@link openBackend} takes. */
export type BackendName = 'wasm' | 'webgpu' | 'webgl' | 'tensorflow' | 'cpu';

/** A tfjs backend that is set, ready and can train. */
export type OpenBackend = {
  readonly name: BackendName;
  /** For people and logs: `wasm: 2 threads, SIMD, relaxed kernels`. */
  readonly description: string;
  readonly threads: number;
  /** How many bytes of tensors its memory can hold; known for the wasm backend only. */
  readonly tensorHeap?: TensorHeap;
  /** Ends workers and devices, and removes the backend and its tensors from tfjs. A second call does nothing more. */
  close(): Promise<void>;
};

export type OpenBackendOptions = {
  /**
   * Threads of the wasm backend; default all cores. A page that is not cross-origin isolated always gets one.
   */
  readonly threads?: number;
  /**
   * Build of our kernels for the wasm backend: `plain` gives the same bits on every processor, `relaxed` uses
   * fused multiply-add, `auto` (the default) is `relaxed` where the engine supports it and `plain` elsewhere. `wide` has
   * the bits of `relaxed`, with vectors joined to 256 bits: faster, in Node 24 and later on x64, by an experimental flag
   * of V8.
   */
  readonly build?: NonNullable<RegisterWasmKernelsOptions['build']>;
  /**
   * Adapter of the webgpu backend: part of the name of one of the machine's adapters, or `software`. Default: the
   * machine's fastest adapter, or the software adapter where it has none. A web page can ask for `software` only.
   */
  readonly adapter?: string;
  /**
   * URLs of tfjs's WASM modules, for a web page that serves them as files; by default they are loaded from scripts of
   * this package. The files are `tfjs-backend-wasm-simd.wasm` and `tfjs-backend-wasm-threaded-simd.wasm` of
   * `@tensorflow/tfjs-backend-wasm`.
   */
  readonly wasmFiles?: { readonly simd: string | URL; readonly threadedSimd: string | URL };
};

/** Whether a backend can be opened here, and if not why and what to do. */
export type BackendStatus = {
  readonly name: BackendName;
  readonly available: boolean;
  readonly description: string;
  /** Why not; absent when available. */
  readonly reason?: string;
  /** What would make it work; absent when available. */
  readonly remedy?: string;
};
