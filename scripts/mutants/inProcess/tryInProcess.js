import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { openNotes } from './notes.js';

/** A file of tests that takes longer hangs in a fault that no limit has ended. */
const limit = 15 * 60_000;

/**
 * Tries StrykerJS's mutants of some files within running tests: each test that passes runs again with each of the faults
 * whose code it reached, until a test has seen the fault. A fault counts as seen only if the same test, without it, passes
 * again in the same process. That saves the start of the tests for each fault; hooks around a test run only once, so some
 * tests see less, and a test that therefore fails when it runs again, without a fault, is not repeated.
 *
 * @param root the folder of the workspace
 * @param files sources, relative to it
 * @param folder where the notes of the runs are kept, relative to it
 * @returns the mutants, as StrykerJS returns them
 */
export async function tryInProcess(root, files, folder) {
  rmSync(join(root, folder), { recursive: true, force: true });
  mkdirSync(join(root, folder), { recursive: true });
  const sources = files.map((name) => ({
    name: join(root, name),
    mutate: true,
    content: readFileSync(join(root, name), 'utf8'),
  }));
  const silent = {
    isDebugEnabled: () => false,
    isWarnEnabled: () => false,
    debug() {},
    info() {},
    warn() {},
  };
  const options = { plugins: null, excludedMutations: [], ignorers: [] };
  const { files: changed, mutants } = await new Instrumenter(silent).instrument(sources, options);
  const contents = Object.fromEntries(changed.map(({ name, content }) => [name, content]));
  writeFileSync(join(root, folder, 'sources.json'), JSON.stringify(contents));
  const notes = openNotes(join(root, folder));
  for (const file of testFiles(root)) tryFile(root, file, folder, notes);
  const [dead, reached] = [notes.dead(), notes.reached()];
  const atLoad = notes.atLoad();
  return mutants.map(({ id, fileName, location, replacement, status }) => ({
    fileName,
    replacement,
    location: { start: oneBased(location.start), end: oneBased(location.end) },
    status: status ?? dead.get(id) ?? statusOfLiving(id, reached, atLoad),
  }));
}

/** The files of tests that StrykerJS would run. */
function testFiles(root) {
  const command = ['vitest', 'list', '--filesOnly', '--config', 'scripts/mutants/vitest.config.ts'];
  const list = execFileSync('npx', command, { cwd: root, encoding: 'utf8' });
  return list.split('\n').filter((line) => line.endsWith('.ts'));
}

/** Runs a file of tests until no fault has left it in a state in which its tests fail. */
function tryFile(root, file, folder, notes) {
  const command = ['vitest', 'run', '--config', 'scripts/mutants/inProcess/vitest.config.ts', file];
  const env = { ...process.env, NORMLAB_MUTANTS_FOLDER: join(root, folder) };
  for (;;) {
    const found = () => notes.dead().size + notes.unrepeatable().size;
    const before = found();
    notes.begin();
    const { error, status } = spawnSync('npx', command, {
      cwd: root,
      env,
      timeout: limit,
      killSignal: 'SIGKILL',
    });
    if (error !== undefined) {
      const fault = notes.current();
      if (fault === undefined) throw error;
      notes.died(fault, 'Timeout');
    } else if (status === 0 || found() === before) {
      console.error(
        `${file}: ${notes.dead().size} dead${status === 0 ? '' : '; tests fail without a fault'}`,
      );
      return;
    }
  }
}

function statusOfLiving(id, reached, atLoad) {
  if (reached.has(id)) return 'Survived';
  // Its code ran before any test: every test would have to start again for it.
  return atLoad.has(id) ? 'Ignored' : 'NoCoverage';
}

function oneBased({ line, column }) {
  return { line: line + 1, column: column + 1 };
}
