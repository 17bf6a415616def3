import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Availability } from '../availability.js';
import { usableCores } from '../usableCores.js';
import { webAssembly } from '../webAssembly.js';
import { threadedScript } from './threadedModule.js';

/** Whether this engine supports tfjs's threaded SIMD module. */
export async function probeWasm(): Promise<Availability> {
  if (!('WebAssembly' in globalThis)) {
    return {
      reason: 'this JavaScript engine has no WebAssembly',
      remedy: 'run Node without --jitless',
    };
  }
  const script = createRequire(import.meta.url).resolve(threadedScript);
  const binary = await readFile(script.replace(/\.js$/, '.wasm'));
  if (!webAssembly.validate(binary)) {
    return {
      reason: 'this JavaScript engine lacks SIMD or threads in WebAssembly',
      remedy: 'use Node 20.19 or newer',
    };
  }
  const threads = usableCores();
  return { description: `wasm: up to ${threads} ${threads === 1 ? 'thread' : 'threads'}, SIMD` };
}
