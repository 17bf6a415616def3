import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/**
 * Defines two functions of Node's `util` that tfjs-node calls: Node 22 warns about both, Node 23 removed the first.
 *
 * They do what Node's list of deprecations says that Node's own did.
 */
export function restoreUtil(): void {
  Object.assign(require('node:util'), {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/** The same as source text, for the scripts of probes. */
export const restoreUtilScript = `
Object.assign(require('node:util'), {
  isNullOrUndefined: (value) => value === null || value === undefined,
  isArray: Array.isArray,
});
`;
