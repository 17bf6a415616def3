/** A page's or worker's navigator; Node's types hold none of it. */
const { navigator } = globalThis as { readonly navigator?: { readonly hardwareConcurrency?: number } };

/** Whether WASM threads can run here: a page must be cross-origin isolated to share memory with its workers. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && 'Worker' in globalThis;
}

/** The cores of the machine, as far as the browser tells. */
export function cores(): number {
  return navigator?.hardwareConcurrency ?? 1;
}
