import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { BackendError } from '@normlab/errors';
import { findNodeGyp } from './findNodeGyp.js';
import type { TensorflowLibrary } from './tensorflowLibrary.js';
import type { TensorflowPackage } from './tensorflowPackage.js';

/** The tools that compile the binding: the scripts of node-pre-gyp and node-gyp, and the Python that they run. */
export type BuildTools = { readonly preGyp: string; readonly gyp: string; readonly python: string };

/**
 * Finds the tools that compile the binding.
 *
 * @throws BackendError naming what is missing
 */
export async function buildTools(
  { main }: TensorflowPackage,
  { python = process.env.PYTHON ?? 'python3' }: TensorflowLibrary,
): Promise<BuildTools> {
  const compiler = (process.env.CXX ?? 'g++').split(' ')[0]!;
  const commands = [compiler, 'make', python];
  const runs = await Promise.all(commands.map(answers));
  const missing = commands.filter((_, index) => !runs[index]);
  if (missing.length > 0) {
    throw fault(missing.join(', '), 'be installed', undefined, 'apt install g++ make python3');
  }
  const gyp = findNodeGyp(main);
  if (gyp === undefined) throw fault('node-gyp', 'be installed', undefined, 'npm install node-gyp');
  return { gyp, python, preGyp: createRequire(main).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp') };
}

/**
 * Compiles the package's binding into its folder `lib` with the package's own build.
 *
 * @throws BackendError where it does not compile
 * @throws the signal's reason once it is aborted, when all processes have ended
 */
export async function compileBinding(
  { folder }: TensorflowPackage,
  { tensorflow }: TensorflowLibrary,
  {
    tools: { preGyp, gyp, python },
    onLine,
    signal,
  }: { tools: BuildTools; onLine: (line: string) => void; signal?: AbortSignal },
): Promise<void> {
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const args = [preGyp, 'rebuild', '--build-from-source', '--build-latest-napi-version-only', ...headers];
  const env = {
    ...process.env,
    LDFLAGS: `${process.env.LDFLAGS ?? ''} '-Wl,-rpath,${dirname(tensorflow)}'`,
    PYTHON: python,
    npm_config_node_gyp: gyp,
  };
  // With a signal, a process group of its own, to be stopped as a whole; without, this process's group, which Ctrl-C
  // stops too.
  const child = spawn(process.execPath, args, { cwd: folder, env, detached: signal !== undefined });
  const stop = () => killGroup(child.pid);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  const lines: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      lines.push(line);
      onLine(line);
    });
  }
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject).on('close', resolve);
    });
    signal?.throwIfAborted();
    if (status !== 0) throw compileFault(lines);
  } finally {
    signal?.removeEventListener('abort', stop);
    await removeBuildFolders(folder);
  }
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader);
  } catch {
    // The group has ended already.
  }
}

/** Removes the compiler's output, from which the build has copied the binding. */
async function removeBuildFolders(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === 'build' || name.startsWith('build-tmp-')) await rm(join(folder, name), { recursive: true });
  }
}

/** The error, with the line that says most: the compiler's, else make's, else node-gyp's, else the last. */
function compileFault(lines: readonly string[]): BackendError {
  const kinds = [
    /\berror: |undefined reference|cannot find -l/,
    /^make: (?!Entering|Leaving)/,
    /ERR! stack Error/,
  ];
  const complaint = kinds
    .map((kind) => lines.find((line) => kind.test(line)))
    .find((line) => line !== undefined);
  if (
    lines.some((line) => /^gyp http GET .*headers/.test(line)) &&
    !lines.some((line) => /^make/.test(line))
  ) {
    const hint =
      'use a Node that brings its headers, or set npm_config_nodedir to a folder with include/node';
    return fault("Node's headers", 'be there or be downloaded', complaint, hint);
  }
  const hint = 'try another version of TensorFlow: 2.12 to 2.21 are known to work';
  return fault('the binding', 'compile', complaint ?? lines.at(-1), hint);
}

async function answers(command: string): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(command, ['--version'], { timeout: 60_000 }, (error) => resolve(error === null));
  });
}

function fault(what: string, rule: string, got: unknown, hint: string): BackendError {
  return new BackendError({ where: 'setupTensorflow', what, rule, got, hint });
}
