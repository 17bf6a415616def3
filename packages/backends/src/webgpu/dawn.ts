import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

/** What we use of it. Its own types would put a second set of WebGPU's globals beside those of tfjs. */
export type Dawn = {
  /** Flags as `adapter=part of its name` and `backend=vulkan`. */
  create(flags: readonly string[]): DawnInstance;
  readonly globals: Readonly<Record<string, unknown>>;
};

/** A `GPU` object; {@link GPU} in tfjs's types is older than adapters that tell of themselves. */
export type DawnInstance = {
  requestAdapter(options: GPURequestAdapterOptions): Promise<DawnAdapter | null>;
};

export type DawnAdapter = GPUAdapter & {
  readonly info: GPUAdapterInfo & { readonly isFallbackAdapter?: boolean };
};

export async function loadDawn(file: string): Promise<Dawn> {
  return await import(pathToFileURL(file).href);
}

/** glibc's RTLD_NODELETE: the library stays when the handle is closed. */
const stay = 0x1000;

/**
 * Loads a shared library into the process and keeps it there.
 *
 * Node takes it for an addon, finds none in it and says so, after loading it.
 */
export function loadLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | stay);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('did not self-register');
  }
}
