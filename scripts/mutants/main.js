// Changes the code in small ways, one at a time, and runs the tests: a change that no test sees shows a missing test.
//
//   npm run mutants -- PACKAGE [FILE…] [--shard K/N] [--jobs N]    by StrykerJS; PACKAGE is a name of packages.js
//   npm run mutants -- PACKAGE [FILE…] --in-process                the same faults within running tests, which is faster:
//                                                                   see inProcess/tryInProcess.js
//   npm run mutants -- kernels [WORD…]                             faults put in by hand, those of kernelMutants.json, since StrykerJS knows
//                                                                   neither AssemblyScript nor WGSL
//
// FILE is a source below the package's src; --shard tries a part of the files. StrykerJS keeps its results in .stryker/,
// so that a second call tries only what has changed. Ends with 1 if a mutant survives that survivors.json does not explain.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { tryInProcess } from './inProcess/tryInProcess.js';
import { tryKernelMutants } from './kernels.js';
import { mutatedPackages } from './packages.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(root);

/** Mutants that are no faults: in `file`, the code `from` becomes `to`, and `why` says why no test can or should see it. */
const survivors = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));

try {
  const { name, rest, shard, jobs, inProcess } = readArguments();
  const isWhole =
    name === 'kernels'
      ? await tryKernelMutants(root, rest)
      : await tryPackage(name, rest, shard, jobs, inProcess);
  process.exitCode = isWhole ? 0 : 1;
} catch (error) {
  console.error(error instanceof RangeError ? error.message : error);
  process.exitCode = error instanceof RangeError ? 2 : 1;
}

function readArguments() {
  const options = {
    shard: { type: 'string', default: '1/1' },
    jobs: { type: 'string' },
    'in-process': { type: 'boolean', default: false },
  };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const [name, ...rest] = positionals;
  const names = [...Object.keys(mutatedPackages), 'kernels'];
  if (!names.includes(name)) throw new RangeError(`mutants: the package must be one of ${names.join(', ')}.`);
  const [part, parts] = values.shard.split('/').map(Number);
  if (!(Number.isInteger(part) && Number.isInteger(parts) && part >= 1 && part <= parts))
    throw new RangeError('mutants: --shard must be K/N with 1 ≤ K ≤ N.');
  const inProcess = values['in-process'];
  if (inProcess && (name === 'kernels' || values.jobs !== undefined))
    throw new RangeError('mutants: --in-process must go with a package, and without --jobs.');
  const jobs = Number(values.jobs ?? 2);
  if (!(Number.isInteger(jobs) && jobs >= 1)) throw new RangeError('mutants: --jobs must be an integer ≥ 1.');
  return { name, rest, shard: { part, parts }, jobs, inProcess };
}

/** @returns whether every mutant died, or is explained */
async function tryPackage(name, files, shard, jobs, inProcess) {
  const { sources, folders = [''], tests, ignoreStatic = true } = mutatedPackages[name];
  const all = folders.flatMap((folder) => sourcesIn(join(sources, folder)));
  const unknown = files.find((file) => !all.includes(join(sources, file)));
  if (unknown !== undefined) throw new RangeError(`mutants: ${unknown} must be a file in ${sources}.`);
  const chosen = files.length > 0 ? files.map((file) => join(sources, file)) : partOf(all, shard);
  const kept = [name, ...(shard.parts > 1 ? [`${shard.part}of${shard.parts}`] : []), ...files].join('-');
  // What the copy's vitest.config.ts and the tests on several backends read. A fault in code that runs on every backend is
  // seen on these two, which open at once; most tests of training run on one thread of wasm.
  process.env.NORMLAB_MUTANTS_TESTS = JSON.stringify(tests);
  process.env.NORMLAB_TEST_SETTINGS = 'cpu;wasm;wasm, one thread';
  if (inProcess) {
    return report(name, await tryInProcess(root, chosen, `.stryker/${kept.replaceAll('/', '-')}`));
  }
  const results = await new Stryker({
    testRunner: 'vitest',
    plugins: ['@stryker-mutator/vitest-runner'],
    vitest: { configFile: 'scripts/mutants/vitest.config.ts', related: false },
    mutate: chosen,
    // TypeScript 7 has no programming interface that StrykerJS could check types with.
    tsconfigFile: 'no-tsconfig.json',
    disableTypeChecks: false,
    ignoreStatic,
    concurrency: jobs,
    // Under load, a test may take many times its usual time.
    timeoutMS: 60_000,
    timeoutFactor: 4,
    dryRunTimeoutMinutes: 30,
    incremental: true,
    incrementalFile: `.stryker/${kept.replaceAll('/', '-')}.json`,
    tempDirName: '.stryker/copies',
    ignorePatterns: ['/.stryker', '/campaign', 'runs'],
    reporters: ['progress-append-only'],
  }).runMutationTest();
  return report(name, results);
}

/** The files with code of their own: an index only exports again. */
function sourcesIn(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !/(^|\/)(index|node|suite|spec)\.ts$/.test(name))
    .map((name) => join(folder, name))
    .sort();
}

/** One of `parts` parts of about the same size, since the time grows with the code. */
function partOf(files, { part, parts }) {
  const loads = Array.from({ length: parts }, () => ({ bytes: 0, files: [] }));
  const bySize = files
    .map((file) => ({ file, bytes: statSync(file).size }))
    .sort((a, b) => b.bytes - a.bytes);
  for (const { file, bytes } of bySize) {
    const least = loads.reduce((a, b) => (b.bytes < a.bytes ? b : a));
    least.files.push(file);
    least.bytes += bytes;
  }
  return loads[part - 1].files;
}

function report(name, results) {
  const tried = results.filter(({ status }) =>
    ['Killed', 'Timeout', 'Survived', 'NoCoverage'].includes(status),
  );
  const alive = tried.filter(({ status }) => status === 'Survived' || status === 'NoCoverage');
  const dead = tried.length - alive.length;
  const described = alive.map((mutant) => ({ ...mutant, code: codeAt(mutant) }));
  const unexplained = described.filter((mutant) => !isExplained(mutant));
  for (const { fileName, location, code, replacement, status } of unexplained) {
    console.error(
      `${fileName}:${location.start.line} ${status === 'Survived' ? 'survives' : 'is not covered'}`,
    );
    console.error(`  - ${code}\n  + ${replacement}`);
  }
  const score = ((100 * dead) / Math.max(1, tried.length)).toFixed(1);
  const explained = alive.length - unexplained.length;
  console.log(
    `${name}: ${dead} of ${tried.length} mutants died (${score} %); ${explained} that live are explained, ${unexplained.length} are not.`,
  );
  return unexplained.length === 0;
}

/** The code that a mutant replaces. */
function codeAt({ fileName, location: { start, end } }) {
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines[lines.length - 1] = lines.at(-1).slice(0, end.column - 1);
  lines[0] = lines[0].slice(start.column - 1);
  return lines.join('\n');
}

function isExplained({ fileName, code, replacement }) {
  return survivors.some(
    ({ file, from, to }) => fileName.endsWith(file) && code.trim() === from && replacement?.trim() === to,
  );
}
