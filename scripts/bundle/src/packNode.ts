import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, copyFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { NormlabError } from '@normlab/errors';

const run = promisify(execFile);

/** Facts about the packed Node. */
export type PackedNode = {
  readonly version: string;
  /** Whether its symbols were removed. */
  readonly stripped: boolean;
  /** The version of glibc with which it was built, the oldest that it runs with. */
  readonly glibc: string;
};

/** The libraries that every Linux with glibc and C++ has. */
const expectedLibraries =
  /^(linux-vdso|ld-linux-x86-64|libc|libm|libdl|libpthread|librt|libgcc_s|libstdc\+\+)\.so/;

const about = `const { header, sharedObjects } = process.report.getReport();
console.log(JSON.stringify({ version: process.versions.node, glibc: header.glibcVersionCompiler, sharedObjects }))`;

/**
 * Copies the running Node, without its symbols if `strip` is installed.
 *
 * @throws NormlabError for a Node that needs more libraries than a bare machine has, such as that of some distributions
 */
export async function packNode(to: string, from = process.execPath): Promise<PackedNode> {
  await copyFile(from, to);
  await chmod(to, 0o755);
  const { version, glibc, sharedObjects } = await ask(to);
  const unusual = sharedObjects
    .slice(1)
    .map((path) => basename(path))
    .filter((name) => !expectedLibraries.test(name));
  if (unusual.length > 0 || glibc === undefined) {
    throw new NormlabError({
      where: 'bundle:gpu',
      what: from,
      rule: 'need no library but those of glibc and C++',
      got: glibc === undefined ? 'no glibc' : unusual,
      hint: 'run it with a Node from nodejs.org',
    });
  }
  await copyLicence(from, `${to}.LICENSE`);
  return { version, glibc, stripped: await strip(to, version) };
}

/** The licence file, at its place in nodejs.org's archives or in Debian's packages. */
async function copyLicence(node: string, to: string): Promise<void> {
  const places = [join(dirname(node), '../LICENSE'), join(dirname(node), '../share/doc/nodejs/LICENSE')];
  const place = places.find((each) => existsSync(each));
  if (place !== undefined) await copyFile(place, to);
}

/** Removes the symbols, unless this fails or the resulting Node does not run. */
async function strip(node: string, version: string): Promise<boolean> {
  const slim = `${node}.slim`;
  try {
    await run('strip', ['-o', slim, node]);
    if ((await ask(slim)).version !== version) return false;
    await rename(slim, node);
    return true;
  } catch {
    return false;
  } finally {
    await rm(slim, { force: true });
  }
}

type Answer = {
  readonly version: string;
  readonly glibc?: string;
  readonly sharedObjects: readonly string[];
};

async function ask(node: string): Promise<Answer> {
  const { stdout } = await run(node, ['-e', about]);
  return JSON.parse(stdout);
}
