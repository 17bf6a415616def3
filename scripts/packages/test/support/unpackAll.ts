import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extract } from 'tar';
import { publicPackages, root } from './publicPackages.js';

const execute = promisify(execFile);

/** A package as npm would publish it, unpacked. */
export type Unpacked = { readonly name: string; readonly folder: string; readonly files: readonly string[] };

/** Packs every public package as it is built, and unpacks each into `into/<its name>`. */
export async function unpackAll(into: string): Promise<ReadonlyMap<string, Unpacked>> {
  await execute(process.execPath, [join(root, 'scripts/packages/prune.js')]);
  const workspaces = publicPackages.flatMap(({ manifest }) => ['--workspace', manifest.name]);
  await mkdir(into, { recursive: true });
  const { stdout } = await execute(
    'npm',
    ['pack', '--ignore-scripts', '--json', '--pack-destination', into, ...workspaces],
    { cwd: root, maxBuffer: 2 ** 26, shell: process.platform === 'win32' },
  );
  const packed: { name: string; filename: string; files: { path: string }[] }[] = JSON.parse(stdout);
  const unpacked = await Promise.all(
    packed.map(async ({ name, filename, files }) => {
      const folder = join(into, name);
      await mkdir(folder, { recursive: true });
      await extract({ file: join(into, filename.replace('@', '').replace('/', '-')), cwd: folder, strip: 1 });
      return { name, folder, files: files.map(({ path }) => path) };
    }),
  );
  return new Map(unpacked.map((each) => [each.name, each]));
}
