/** A module's functions that free memory which is only kept for speed, for every copy of this package. */
const spareKey: unique symbol = Symbol.for('@normlab/wasm-kernels/spare-memory');

type Sparing = { [spareKey]?: Set<() => void> };

/** The functions to call before a request for memory is refused: each frees what it can. */
export function spareMemory(module: object): Set<() => void> {
  const sparing = module as Sparing;
  if (sparing[spareKey] === undefined) Object.defineProperty(module, spareKey, { value: new Set() });
  return sparing[spareKey]!;
}
