// Compiles assembly/ four times (plain or relaxed SIMD, own or shared memory) into generated/kernels.js, where the
// binaries stand as base64, and the text of a worker as a string, so that every bundler carries them.
// With --write-sums, after a change of the sources: notes what the binaries must be in assembly/SHA256SUMS.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const root = new URL('../', import.meta.url);
const builds = {
  plain: [],
  relaxed: ['--enable', 'relaxed-simd'],
};
const memories = {
  own: ['--importMemory', '--initialMemory', '1'],
  shared: [
    ...['--importMemory', '--initialMemory', '1'],
    ...['--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'],
  ],
};

/** The binary of one build, as bytes. */
export async function compile(build, memory) {
  let binary;
  const { error, stderr } = await asc.main(
    [
      ...['assembly/index.ts', '--outFile', 'kernels.wasm', '--baseDir', fileURLToPath(root)],
      ...['--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert', '--zeroFilledMemory'],
      ...builds[build],
      ...memories[memory],
    ],
    {
      writeFile(_name, contents) {
        binary = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return binary;
}

/** All binaries by name: `plain`, `plainShared`, `relaxed`, `relaxedShared`. */
export async function compileAll() {
  const binaries = {};
  for (const build of Object.keys(builds)) {
    binaries[build] = await compile(build, 'own');
    binaries[`${build}Shared`] = await compile(build, 'shared');
  }
  return binaries;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const binaries = await compileAll();
  const lines = Object.entries(binaries).map(
    ([name, bytes]) => `  ${name}: '${Buffer.from(bytes).toString('base64')}',`,
  );
  await mkdir(new URL('generated/', root), { recursive: true });
  const worker = await readFile(new URL('worker/kernelWorker.cjs', root), 'utf8');
  await writeIfNew(
    'generated/kernels.js',
    `export const binaries = {\n${lines.join('\n')}\n};\nexport const workerText = ${JSON.stringify(worker)};\n`,
  );
  await writeIfNew(
    'generated/kernels.d.ts',
    `export declare const binaries: Readonly<Record<'${Object.keys(binaries).join("' | '")}', string>>;\n` +
      'export declare const workerText: string;\n',
  );
  // What the sources come to on every machine; a test compares the binaries with it.
  const sums = Object.entries(binaries).map(
    ([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`,
  );
  if (process.argv.includes('--write-sums')) await writeIfNew('assembly/SHA256SUMS', sums.join(''));
}

/** Leaves an unchanged file alone, for the sake of whoever watches it or reads it just now. */
async function writeIfNew(path, text) {
  const file = new URL(path, root);
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}
