import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/**
 * The script of node-gyp: the one that npm names in the environment of its scripts, else an installed one, else the one
 * that comes with npm; undefined if none of them exists.
 *
 * node-pre-gyp itself looks for npm only beside Node, but many systems install npm elsewhere.
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
      // Not installed here; try the next place.
    }
  }
  return undefined;
}
