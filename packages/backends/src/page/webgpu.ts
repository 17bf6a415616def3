import { OptionError } from '@normlab/errors';
import { type Availability, type Unavailable, unavailableError } from '../availability.js';
import { describeAdapter } from '../webgpu/describeAdapter.js';
import type { TellingAdapter } from '../webgpu/startWebgpu.js';

const noApi: Unavailable = {
  reason: 'there is no navigator.gpu here',
  remedy: 'use a browser with WebGPU, on a page from https: or localhost; or wasm',
};

const noAdapter: Unavailable = {
  reason: 'no GPU was found that may be used here',
  remedy: 'see chrome://gpu or about:support for why; or use wasm',
};

/**
 * The browser's fastest adapter, or its fallback adapter, which runs on the CPU.
 *
 * @throws OptionError for a choice other than `software`
 * @throws BackendError where the browser has no adapter
 */
export async function requestPageAdapter(choice: string | undefined): Promise<TellingAdapter> {
  if (choice !== undefined && choice !== 'software') {
    throw new OptionError({
      where: 'openBackend',
      what: 'adapter',
      rule: 'be "software" or left out in a web page, which cannot choose adapters by name',
      got: choice,
    });
  }
  const found = await ask(choice === 'software');
  if ('reason' in found) throw unavailableError('webgpu', found);
  return found;
}

/** Whether the browser has an adapter. */
export async function probeWebgpu(): Promise<Availability> {
  const found = await ask(false);
  return 'reason' in found ? found : { description: `webgpu: ${describeAdapter(found.info)}` };
}

async function ask(software: boolean): Promise<TellingAdapter | Unavailable> {
  const { navigator } = globalThis as { readonly navigator?: { readonly gpu?: GPU } };
  if (navigator?.gpu === undefined) return noApi;
  const adapter = await navigator.gpu.requestAdapter(
    software ? { forceFallbackAdapter: true } : { powerPreference: 'high-performance' },
  );
  return adapter === null ? noAdapter : (adapter as TellingAdapter);
}
