/** The navigator of a page or worker, which Node's types lack. */
const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };

/** Whether WASM threads can run here: a page must be cross-origin isolated to share memory with its workers. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && 'Worker' in globalThis;
}

/** The number of cores that the browser reports, 1 where it reports none. */
export function cores(): number {
  return navigator?.hardwareConcurrency ?? 1;
}
