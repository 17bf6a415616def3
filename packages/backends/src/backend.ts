import type { TensorHeap } from '@normlab/wasm-kernels';

/** Names that {@link openBackend} takes. */
export type BackendName = 'wasm' | 'webgpu' | 'webgl' | 'tensorflow' | 'cpu';

/** A tfjs backend that is set, ready and can train. */
export type OpenBackend = {
  readonly name: BackendName;
  /** For people and logs: `wasm: 2 threads, SIMD, relaxed FMA kernels`. */
  readonly description: string;
  readonly threads: number;
  /** What its memory holds of tensors at most, where that is known: of the wasm backend. */
  readonly tensorHeap?: TensorHeap;
  /** Ends workers and devices; the backend is gone from tfjs afterwards. */
  close(): Promise<void>;
};

export type OpenBackendOptions = {
  /**
   * Threads of the wasm backend; default all cores. A page that is not cross-origin isolated has one, whatever is
   * asked for.
   */
  readonly threads?: number;
  /**
   * Build of our kernels for the wasm backend: `plain` has the same bits on every processor, `relaxed` uses
   * fused multiply-add, `auto` (the default) takes `relaxed` where the engine has it.
   */
  readonly build?: 'auto' | 'plain' | 'relaxed';
  /**
   * Adapter of the webgpu backend: part of the name of one of the machine's, or `software`; default the
   * machine's fastest, or the software adapter where it has none. A web page can ask for `software` only.
   */
  readonly adapter?: string;
  /**
   * Addresses of tfjs's WASM modules, in a web page that serves them as files; by default a script of this package
   * holds them. They are `tfjs-backend-wasm-simd.wasm` and `tfjs-backend-wasm-threaded-simd.wasm` of
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
