import { webAssembly } from './webAssembly.js';

/** A module of one function that uses a relaxed fused multiply-add; valid only if the engine supports it. */
const probe = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0], // magic, version
  ...[1, 5, 1, 96, 0, 1, 123], // type 0: () → v128
  ...[3, 2, 1, 0], // function 0: type 0
  ...[10, 19, 1, 17, 0, 65, 0, 253, 15, 65, 0, 253, 15, 65, 0, 253, 15], // i8x16.splat(0) three times
  ...[253, 133, 2, 11], // f32x4.relaxed_madd, end
);

/**
 * Whether the engine compiles relaxed SIMD.
 *
 * Node 20 needs a flag of V8, which may be set at any time before a module is compiled; newer versions and browsers
 * need no flag.
 */
export function hasRelaxedSimd(): boolean {
  if (webAssembly.validate(probe)) return true;
  if (typeof process === 'undefined' || process.versions?.node === undefined) return false;
  process.getBuiltinModule?.('node:v8').setFlagsFromString('--experimental-wasm-relaxed-simd');
  return webAssembly.validate(probe);
}
