import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The file that an optional package is loaded from, or undefined where it is not installed.
 *
 * Looked for beside this package first, then in the working folder: a tool that is installed globally finds
 * what the project at hand has installed.
 */
export function resolvePackage(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // Not there; the next place may have it.
    }
  }
  return undefined;
}
