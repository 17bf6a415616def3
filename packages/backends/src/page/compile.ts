import { BackendError } from '@normlab/errors';
import { type WasmCode, webAssembly } from '../webAssembly.js';

/** Compiles a WASM binary in base64. */
export function compileText(base64: string): Promise<WasmCode> {
  return webAssembly.compile(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/**
 * Fetches a WASM binary and compiles it.
 *
 * @throws BackendError when the URL does not give a WASM module
 */
export async function compileFile(file: string | URL): Promise<WasmCode> {
  const fail = (got: unknown, cause?: unknown) =>
    new BackendError(
      {
        where: 'openBackend',
        what: `wasmFiles: ${file}`,
        rule: "be the URL of tfjs's WASM module",
        got,
        hint: 'the server must send the file itself, as application/wasm',
      },
      { cause },
    );
  const response = await fetch(file, { credentials: 'same-origin' }).catch((cause: unknown) => {
    throw fail(cause instanceof Error ? cause.message : cause, cause);
  });
  if (!response.ok) throw fail(`status ${response.status}`);
  try {
    return await webAssembly.compile(new Uint8Array(await response.arrayBuffer()));
  } catch (cause) {
    throw fail(cause instanceof Error ? cause.message : cause, cause);
  }
}
