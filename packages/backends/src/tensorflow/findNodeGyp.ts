import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/**
 * The script of node-gyp: the one that npm names where it runs us, one that is installed, or the one that
 * comes with npm; undefined where there is none.
 *
 * node-pre-gyp looks for npm beside Node alone, and many systems keep it elsewhere.
 *
 * @param main a module of the package to be built
 */
export function findNodeGyp(main: string): string | undefined {
  const named = process.env.npm_config_node_gyp;
  if (named !== undefined && existsSync(named)) return named;
  const folders = [dirname(process.execPath), ...(process.env.PATH ?? '').split(delimiter)];
  const npms = folders.map((folder) => join(folder, 'npm')).filter((file) => existsSync(file));
  for (const from of [main, ...npms.map((file) => realpathSync(file))]) {
    try {
      return createRequire(from).resolve('node-gyp/bin/node-gyp.js');
    } catch {
      // Not there; the next place may have it.
    }
  }
  return undefined;
}
