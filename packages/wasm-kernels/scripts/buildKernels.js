// Compiles assembly/ six times: plain or relaxed SIMD, or relaxed for joined vectors (see assembly/wide.ts); own or shared
// memory. generated/ holds each binary as base64 in a module of its own, so that every bundler includes them and a page
// loads only one; kernels.js, which imports them, with the layouts of the kernels' jobs, as computed by the compiler; and
// threads.js, with what a worker runs as a string, and the part of it that the program's own thread runs as a function
// too. With --write-sums, after a change of the sources: writes the hashes of the binaries to assembly/SHA256SUMS.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { transform } from 'esbuild';
import { layoutsInto, typeOfFields } from './jobLayouts.js';
import { withPairs } from './pairsOfLines.js';

const root = new URL('../', import.meta.url);
const builds = {
  plain: [],
  relaxed: ['--enable', 'relaxed-simd'],
  wide: ['--enable', 'relaxed-simd', '--use', 'WIDE=ASC_FEATURE_RELAXED_SIMD'],
};
const memories = {
  own: ['--importMemory', '--initialMemory', '1'],
  shared: [
    ...['--importMemory', '--initialMemory', '1'],
    ...['--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'],
  ],
};

/** The types of layouts, as scripts/jobLayouts.js makes them. */
const layoutTypes = `/** Where each field of a record lies; a list's field is the address of the number of its records, and then these. */
export type JobLayout = { readonly bytes: number; readonly fields: readonly JobField[] };
export type JobField = { readonly name: string; readonly offset: number } & (
  | { readonly type: 'usize' | 'i32' | 'f32' | 'bool' }
  | { readonly type: 'choice'; readonly names: readonly string[] }
  | { readonly type: 'list'; readonly of: JobLayout }
);
`;

/** The types of worker/jobRow.js. */
const rowTypes = `/** A job as the threads see it: addresses in the shared memory, and the kernel's index in the list of names. */
export type SharedJob = {
  readonly kernel: number;
  readonly record: number;
  /** At least 1. */
  readonly tasks: number;
  readonly scratch: number;
  /** Bytes from one thread's scratch to the next thread's; the first scratch is the caller's. */
  readonly scratchStride: number;
};
export declare function jobRow(thread: {
  readonly control: Int32Array;
  readonly words: { readonly [word: string]: number };
  readonly kernels: readonly ((record: number, task: number, scratch: number) => void)[];
  /** Which of the threads this is; the caller is 0. */
  readonly thread: number;
  readonly threads: number;
}): { publish(job: number, content: SharedJob): void; takeTasks(): boolean };
`;

/** The binary of one build, as bytes, and the layouts of its jobs. */
export async function compile(build, memory) {
  let binary;
  const layouts = {};
  const { error, stderr } = await asc.main(
    [
      ...['assembly/index.ts', '--outFile', 'kernels.wasm', '--baseDir', fileURLToPath(root)],
      ...['--runtime', 'stub', '--enable', 'simd', '-O3', '--noAssert', '--zeroFilledMemory'],
      ...builds[build],
      ...memories[memory],
    ],
    {
      transforms: [layoutsInto(layouts)],
      readFile(name, folder) {
        const path = join(folder, name);
        if (!existsSync(path)) return null;
        const text = readFileSync(path, 'utf8');
        return build === 'wide' && /winogradLines\w+\.ts$/.test(name) ? withPairs(text) : text;
      },
      writeFile(_name, contents) {
        binary = contents;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return { binary, layouts };
}

/** All binaries by name, `plain`, `plainShared`, `relaxed` and so on, and the layouts of jobs, the same in each. */
export async function compileAll() {
  const binaries = {};
  let layouts;
  for (const build of Object.keys(builds)) {
    for (const [memory, suffix] of [
      ['own', ''],
      ['shared', 'Shared'],
    ]) {
      const compiled = await compile(build, memory);
      binaries[build + suffix] = compiled.binary;
      layouts = compiled.layouts;
    }
  }
  return { binaries, layouts };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { binaries, layouts } = await compileAll();
  const names = Object.keys(binaries);
  const imports = names.map((name) => `  ${name}: () => import('./${name}.js'),`);
  const jobs = Object.entries(layouts).map(
    ([name, layout]) => `  readonly ${name}: ${typeOfFields(layout)};`,
  );
  await mkdir(new URL('generated/', root), { recursive: true });
  for (const [name, bytes] of Object.entries(binaries)) {
    await writeIfNew(
      `generated/${name}.js`,
      `export const base64 = '${Buffer.from(bytes).toString('base64')}';\n`,
    );
  }
  await writeIfNew('generated/threads.js', await threadsText());
  await writeIfNew(
    'generated/kernels.js',
    `export * from './threads.js';\nexport const binaries = {\n${imports.join('\n')}\n};\n` +
      `export const jobLayouts = ${JSON.stringify(layouts, undefined, 1)};\n`,
  );
  await writeIfNew(
    'generated/kernels.d.ts',
    '/** Loads a binary. */\nexport declare const binaries: Readonly<\n' +
      `  Record<'${names.join("' | '")}', () => Promise<{ readonly base64: string }>>\n>;\n` +
      `export declare const workerLoop: string;\n${rowTypes}` +
      `/** The fields of each kernel's job. */\nexport type Jobs = {\n${jobs.join('\n')}\n};\n` +
      `${layoutTypes}export declare const jobLayouts: Readonly<Record<keyof Jobs, JobLayout>>;\n`,
  );
  // The hashes of the binaries, equal on every machine; a test compares the binaries with them.
  const sums = Object.entries(binaries).map(
    ([name, bytes]) => `${createHash('sha256').update(bytes).digest('hex')}  ${name}\n`,
  );
  if (process.argv.includes('--write-sums')) await writeIfNew('assembly/SHA256SUMS', sums.join(''));
}

/** The module generated/threads.js, from worker/. */
export async function threadsText() {
  const [row, loop] = await Promise.all(
    ['jobRow', 'kernelLoop'].map((name) => readFile(new URL(`worker/${name}.js`, root), 'utf8')),
  );
  const { code } = await transform(row + loop, { minify: true });
  return `export const workerLoop = ${JSON.stringify(code)};\n${row.replace(/^function/m, 'export function')}`;
}

/** Does not rewrite an unchanged file, because another process may be watching or reading it. */
async function writeIfNew(path, text) {
  const file = new URL(path, root);
  if ((await readFile(file, 'utf8').catch(() => '')) !== text) await writeFile(file, text);
}
