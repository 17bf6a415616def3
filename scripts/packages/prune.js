// Removes files without a source from dist: tsc and the build's cache leave the files of a module that was moved or
// deleted, and npm would pack them.
//
//   node scripts/packages/prune.js [PACKAGE-FOLDER…]     all that npm publishes without an argument
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { publicFolders } from './workspace.js';

const folders = process.argv.length > 2 ? process.argv.slice(2) : publicFolders();
for (const folder of folders) {
  const dist = join(folder, 'dist');
  if (!existsSync(dist)) continue;
  for (const file of readdirSync(dist, { recursive: true })) {
    const module = /^(.*?)\.(?:d\.ts|js)(?:\.map)?$/.exec(String(file))?.[1];
    if (module !== undefined && !existsSync(join(folder, 'src', `${module}.ts`)))
      rmSync(join(dist, String(file)));
  }
}
