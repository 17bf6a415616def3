import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Gives Node's `util` two functions that tfjs-node calls: Node 22 warns of them, Node 23 took the first away.
 *
 * They do what Node's own did, by the words of its deprecations.
 */
export function restoreUtil(): void {
  Object.assign(require('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/** The same, for the scripts of probes. */
export const restoreUtilScript = `
Object.assign(require('node:util'), {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
});
`;
