import { createRequire } from 'node:module';
import { join } from 'node:path';

/**
 * The main file of an optional package, or undefined where it is not installed.
 *
 * Resolved from this package first, then from the working folder, so that a globally installed tool finds the packages
 * of the project that it is run in.
 */
export function resolvePackage(name: string): string | undefined {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return createRequire(from).resolve(name);
    } catch {
      // Not installed here; try the next place.
    }
  }
  return undefined;
}
