// Packs every public package and checks it with publint and "are the types wrong"; build the packages first.
//
//   npm run check:packages [-- PACKAGE-FOLDER…]     all packages without an argument
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { publicFolders, readManifest, root } from './workspace.js';

function isAccepted({ kind, entrypoint, resolutionOption, moduleSpecifier }) {
  // The packages are ES modules only: 20.19, 22.12 and later versions of Node can `require` them.
  if (kind === 'CJSResolvesToESM') return true;
  // A JSON file, without types: resolvers without `exports` find it by its path in the package.
  if (kind === 'NoResolution' && entrypoint === './schema.json') return true;
  // TypeScript's node10 resolution lacks `imports`, and reports this name unless `skipLibCheck` is on.
  return (
    kind === 'InternalResolutionError' && resolutionOption === 'node10' && moduleSpecifier === '#kernels'
  );
}

const named = process.argv.slice(2);

execFileSync(process.execPath, [join(root, 'scripts/packages/prune.js')]);
const scratch = mkdtempSync(join(tmpdir(), 'normlab-lint-'));
let faults = 0;
try {
  for (const folder of named.length > 0 ? named : publicFolders()) {
    const manifest = readManifest(folder);
    const packed = execFileSync(
      'npm',
      ['pack', '--ignore-scripts', '--json', '--pack-destination', scratch],
      {
        cwd: folder,
        encoding: 'utf8',
      },
    );
    const tarball = readFileSync(join(scratch, JSON.parse(packed)[0].filename));
    const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
    for (const message of messages) complain(manifest.name, formatMessage(message, pkg, { color: false }));
    if (manifest.types === undefined) continue;
    const { problems = [] } = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
    for (const problem of problems) {
      if (!isAccepted(problem)) complain(manifest.name, JSON.stringify(problem));
    }
  }
} finally {
  rmSync(scratch, { recursive: true });
}
if (faults > 0) process.exitCode = 1;

function complain(name, fault) {
  faults += 1;
  console.error(`${name}: ${fault}`);
}
