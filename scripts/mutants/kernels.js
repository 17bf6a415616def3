import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Groups of faults: a file, the tests of which one must fail, and the faults, whose text `from` becomes `to`. */
const groups = JSON.parse(readFileSync(new URL('kernelMutants.json', import.meta.url), 'utf8'));

/**
 * Puts each fault of kernelMutants.json into a copy of the workspace and runs its tests there.
 *
 * @param root the workspace, whose packages are built
 * @param wanted words of the paths of the kernels to try; all without one
 * @returns whether every fault was seen
 */
export async function tryKernelMutants(root, wanted) {
  const chosen = groups
    .filter(({ file }) => wanted.length === 0 || wanted.some((word) => file.includes(word)))
    .flatMap(({ file, tests, faults }) => faults.map((fault) => ({ file, tests, ...fault })));
  const copy = mkdtempSync(join(tmpdir(), 'normlab-mutants-'));
  try {
    copyWorkspace(root, copy);
    const stale = chosen.filter(
      ({ file, from }) => countOf(readFileSync(join(copy, file), 'utf8'), from) !== 1,
    );
    for (const { file, from } of stale) console.error(`${file} must hold this text once: ${from}`);
    const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
    const whole = run(copy, tests);
    if (whole.status !== 0) console.error(`Without a fault these tests must pass:\n${whole.output}`);
    if (stale.length > 0 || whole.status !== 0) return false;
    return await tryEach(copy, chosen);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

async function tryEach(copy, chosen) {
  const { compileAll, threadsText } = await import(
    pathToFileURL(join(copy, 'packages/wasm-kernels/scripts/buildKernels.js')).href
  );
  const threads = join(copy, 'packages/wasm-kernels/generated/threads.js');
  let dead = 0;
  const alive = [];
  for (const { file, from, to, tests } of chosen) {
    const path = join(copy, file);
    const source = readFileSync(path, 'utf8');
    const isAssembly = file.includes('/assembly/');
    const isWorker = file.includes('/worker/');
    const built = isAssembly
      ? readBinaries(copy)
      : isWorker
        ? [[threads, readFileSync(threads, 'utf8')]]
        : [];
    try {
      writeFileSync(
        path,
        source.replace(from, () => to),
      );
      if (isAssembly) await buildBinaries(copy, compileAll);
      if (isWorker) writeFileSync(threads, await threadsText());
      const { status } = run(copy, tests);
      if (status === 0) alive.push(`${file}: ${from}  →  ${to}`);
      else dead++;
      console.log(`${status === 0 ? 'ALIVE' : 'dead '}  ${file}: ${from}  →  ${to}`);
    } finally {
      writeFileSync(path, source);
      for (const [name, text] of built) writeFileSync(name, text);
    }
  }
  console.log(`\n${dead} of ${chosen.length} faults in kernels were seen.`);
  for (const each of alive) console.error(`No test sees: ${each}`);
  return alive.length === 0;
}

/** All files that git knows or would add, and what the build generates; the installed packages are linked. */
function copyWorkspace(root, copy) {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const generated = ['backends', 'models', 'wasm-kernels'].map((name) => `packages/${name}/generated`);
  for (const path of [...listed.split('\0'), ...generated]) {
    if (path === '' || !existsSync(join(root, path))) continue;
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

/** All builds: which one a test runs depends on the engine, on the test's threads, and on the memory of tfjs's module. */
const builds = ['plain', 'relaxed', 'wide', 'plainShared', 'relaxedShared', 'wideShared'];

function binaryFile(copy, build) {
  return join(copy, `packages/wasm-kernels/generated/${build}.js`);
}

function readBinaries(copy) {
  return builds.map((build) => [binaryFile(copy, build), readFileSync(binaryFile(copy, build), 'utf8')]);
}

async function buildBinaries(copy, compileAll) {
  const { binaries } = await compileAll();
  for (const build of builds) {
    const text = `export const base64 = '${Buffer.from(binaries[build]).toString('base64')}';\n`;
    writeFileSync(binaryFile(copy, build), text);
  }
}

/** Runs test files in the copy. @returns status 0 if all pass */
function run(copy, tests) {
  const vitest = join(copy, 'node_modules/vitest/vitest.mjs');
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, 'run', '--bail', '1', '--maxWorkers', '1', '--reporter', 'dot', ...tests],
    { cwd: copy, encoding: 'utf8', timeout: 600_000, maxBuffer: 2 ** 26 },
  );
  return { status, output: `${stdout}\n${stderr}` };
}

function countOf(text, part) {
  return text.split(part).length - 1;
}
