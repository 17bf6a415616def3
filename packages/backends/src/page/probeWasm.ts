import type { Availability } from '../availability.js';
import { webAssembly } from '../webAssembly.js';
import { canShareMemory, cores } from './cores.js';

/** A module of one function that uses a vector; valid only where the engine has SIMD. */
const simdProbe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0], // magic, version
  ...[1, 5, 1, 96, 0, 1, 123], // type 0: () → v128
  ...[3, 2, 1, 0], // function 0: type 0
  ...[10, 8, 1, 6, 0, 65, 0, 253, 15, 11], // i8x16.splat(0), end
);

/** Whether this page may compile tfjs's SIMD module. */
export async function probeWasm(): Promise<Availability> {
  if (!('WebAssembly' in globalThis)) {
    return { reason: 'there is no WebAssembly here', remedy: 'use another browser, or webgl' };
  }
  if (!webAssembly.validate(simdProbe)) {
    return { reason: 'WebAssembly lacks SIMD here', remedy: 'use a newer browser, or webgl' };
  }
  try {
    await webAssembly.compile(simdProbe);
  } catch (cause) {
    // The module is valid, so the page's Content-Security-Policy refuses it.
    return {
      reason: `WebAssembly may not be compiled here: ${cause instanceof Error ? cause.message : cause}`,
      remedy: "allow script-src 'wasm-unsafe-eval' in the page's Content-Security-Policy, or use webgl",
    };
  }
  return { description: `wasm: ${threadsText()}, SIMD` };
}

function threadsText(): string {
  if (!canShareMemory()) return '1 thread (more where the page is cross-origin isolated)';
  return `up to ${cores()} ${cores() === 1 ? 'thread' : 'threads'}`;
}
