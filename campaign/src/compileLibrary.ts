import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('../inject/failCalls.c', import.meta.url));

/**
 * Compiles the library that fails system calls, into a folder.
 *
 * @returns its path, or why it cannot be used here
 */
export function compileLibrary(folder: string): { readonly library: string } | string {
  if (process.platform !== 'linux') return 'system calls are failed by LD_PRELOAD, on Linux only';
  const library = join(folder, 'failCalls.so');
  const flags = ['-O1', '-shared', '-fPIC', '-Wall', '-o', library, source, '-ldl', '-lpthread'];
  const { error, status, stderr } = spawnSync('cc', flags, { encoding: 'utf8' });
  if (error !== undefined) return 'there is no C compiler (cc)';
  return status === 0 ? { library } : `cc failed: ${stderr}`;
}
