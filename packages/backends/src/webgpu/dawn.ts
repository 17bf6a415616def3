import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

/** The part of the package webgpu that we use. Its own types declare WebGPU's globals, which those of tfjs do too. */
export type Dawn = {
  /** Flags are for example `adapter=NAME` and `backend=vulkan`. */
  create(flags: readonly string[]): DawnInstance;
  readonly globals: Readonly<Record<string, unknown>>;
};

/** A `GPU` object; {@link GPU} in tfjs's types is older and lacks `info` of adapters. */
export type DawnInstance = {
  requestAdapter(options: GPURequestAdapterOptions): Promise<DawnAdapter | null>;
};

export type DawnAdapter = GPUAdapter & {
  readonly info: GPUAdapterInfo & { readonly isFallbackAdapter?: boolean };
};

export async function loadDawn(file: string): Promise<Dawn> {
  return await import(pathToFileURL(file).href);
}

/** glibc's RTLD_NODELETE: the library stays loaded when the handle is closed. */
const stay = 0x1000;

/**
 * Loads a shared library into the process and keeps it loaded.
 *
 * Node loads it as an addon, and then throws an error because it is not an addon; the library stays loaded.
 *
 * @returns whether the library was loaded
 */
export function loadLibrary(path: string): boolean {
  try {
    process.dlopen({ exports: {} }, path, constants.dlopen.RTLD_NOW | stay);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes('did not self-register');
  }
}
