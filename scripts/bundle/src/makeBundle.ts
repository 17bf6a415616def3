import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { NormlabError } from '@normlab/errors';
import { checkDataset, copyDataset } from './dataset.js';
import type { Options } from './options.js';
import { packNode } from './packNode.js';
import { programFiles } from './programFiles.js';
import { writeArchive } from './writeArchive.js';

/** The name of the folder in the archive. */
export const bundleName = 'normlab-linux-x64';

/** The two commands and a README: the files in the folder besides Node and the programs. */
const ownFiles = fileURLToPath(new URL('../files', import.meta.url));

/**
 * Makes an archive that runs on a Linux x64 machine without Node, packages or network: Node, the trainer, the
 * benchmarks, everything that they load, and a data set on request.
 *
 * @param workspace the folder of the built workspace
 * @returns the archive's size
 * @throws OptionError, NormlabError if there is nothing to pack, or the archive would be too large
 */
export async function makeBundle(
  workspace: string,
  { out, data, software, compression, limit }: Omit<Options, 'help'>,
  say: (line: string) => void,
): Promise<number> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new NormlabError({
      where: 'bundle:gpu',
      what: 'this machine',
      rule: 'be linux x64, the platform of the bundle',
      got: `${process.platform} ${process.arch}`,
    });
  }
  if (data !== undefined) await checkDataset(data);
  const files = await programFiles(workspace, { software });
  const temporary = await mkdtemp(join(tmpdir(), 'normlab-bundle-'));
  try {
    const folder = join(temporary, bundleName);
    await cp(ownFiles, folder, { recursive: true });
    const node = await packNode(join(folder, 'node'));
    say(`Node ${node.version}${node.stripped ? ', without symbols' : ''}, built with glibc ${node.glibc}`);
    await copyFiles(files, workspace, join(folder, 'app'));
    const source = await sourceOf(workspace);
    const facts = { node, software, data: data !== undefined, ...(source !== undefined && { source }) };
    await writeFile(join(folder, 'bundle.json'), `${JSON.stringify(facts, null, 2)}\n`);
    if (data !== undefined) await copyDataset(data, join(folder, 'data'));
    say(`compressing with ${compression.method} …`);
    return await writeArchive(folder, out, compression, limit);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Copies files and links unchanged, and the licence of each package. */
async function copyFiles(files: readonly string[], from: string, to: string): Promise<void> {
  const packages = files.filter((file) => basename(file) === 'package.json').map(dirname);
  const licences = await Promise.all(packages.map((folder) => licencesIn(from, folder)));
  for (const file of new Set([...files, ...licences.flat()])) {
    await mkdir(dirname(join(to, file)), { recursive: true });
    await cp(join(from, file), join(to, file), { verbatimSymlinks: true, recursive: true });
  }
}

async function licencesIn(workspace: string, folder: string): Promise<string[]> {
  const names = await readdir(join(workspace, folder));
  return names.filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).map((name) => join(folder, name));
}

/** The commit that was bundled, if git knows it. */
async function sourceOf(workspace: string): Promise<string | undefined> {
  const asked = promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=40'], {
    cwd: workspace,
  });
  return asked.then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}
