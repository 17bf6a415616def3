// What the scripts of this folder share: where the packages of the workspace are.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace. */
export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The folders of all packages below a root. */
export function packageFolders(below = root) {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(below, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(below, group, entry.name)),
  );
}

/** The folders of the packages that npm publishes. */
export function publicFolders(below = root) {
  return packageFolders(below).filter((folder) => !readManifest(folder).private);
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

/** The arguments of npm that choose the public packages. */
export function publicWorkspaces() {
  return publicFolders().flatMap((folder) => ['--workspace', relative(root, folder).split(sep).join('/')]);
}
