/** The first version of V8 that joins vectors in loops: that of Node 24. */
const firstVersion = 13;

/** What runs here if it cannot join vectors, such as `Node 20.19.0`; undefined if it can. */
export function lackingWideVectors(): string | undefined {
  if (typeof process === 'undefined' || process.versions?.node === undefined) return 'a web engine';
  const { arch, config, versions } = process;
  if (versions.bun !== undefined) return `Bun ${versions.bun}`;
  if (versions.deno !== undefined) return `Deno ${versions.deno}`;
  if (arch !== 'x64') return `a processor of type ${arch}`;
  if (Number.parseInt(versions.v8, 10) < firstVersion) return `Node ${versions.node}`;
  const isBuiltIn = Reflect.get(config.variables, 'v8_enable_wasm_simd256_revec') === 1;
  return isBuiltIn ? undefined : `a Node ${versions.node} whose V8 was built without it`;
}

/**
 * Lets V8 join pairs of neighbouring vectors to vectors of 256 bits, if the processor has AVX2, in all code that it
 * optimizes from now on: a process cannot ask for it by module. V8 calls the flag experimental, so nobody gets it
 * unasked. Only where {@link lackingWideVectors} finds nothing.
 */
export function joinVectors(): void {
  process.getBuiltinModule('node:v8').setFlagsFromString('--experimental-wasm-revectorize');
}
