import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { BackendError } from '@normlab/errors';
import { runProbe } from '../runProbe.js';
import { findTensorflowLibrary, type TensorflowLibrary } from './tensorflowLibrary.js';
import { findTensorflowPackage, type TensorflowPackage } from './tensorflowPackage.js';

export type SetupTensorflowOptions = {
  /** A Python that has the package tensorflow (a path or a command), or a folder with the C library. */
  readonly from: string;
  /** Gets the compiler's output, line by line. */
  readonly onLine?: (line: string) => void;
};

/** A binding that has trained a step. */
export type TensorflowSetup = {
  /** The package whose binding was built. */
  readonly package: string;
  /** TensorFlow's version. */
  readonly version: string;
  readonly device: 'CPU' | 'GPU';
  /** The shared library behind it. */
  readonly library: string;
};

/** Takes a gradient through a convolution of ones, whose sums are known, and prints what it ran on. */
const trainingStep = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value == null;
const tf = require(process.argv[1]);
const step = tf.grads((x, w) => tf.conv2d(x, w, 1, 'same'));
const [dx, dw] = step([tf.ones([2, 3, 3, 1]), tf.ones([3, 3, 1, 1])]).map((each) => each.sum().dataSync()[0]);
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({ dx, dw, version: binding.TF_Version, gpu: isUsingGpuDevice }));
process.exit(0);
`;

/** Σ dx = Σ dw: the places of a 3 × 3 kernel that lie on a 3 × 3 picture, 49, for two pictures. */
const expected = 98;

/**
 * Links the binding of the installed tfjs-node-gpu or tfjs-node against another TensorFlow than the 2.9 that
 * it was made for, compiles it, and trains a step with it in a process of its own.
 *
 * The library stays where it is, and must: the binding refers to it. What was in the package before comes
 * back when this fails. Takes a C++ compiler, make and Python; on Linux.
 *
 * @throws OptionError where `from` has no TensorFlow
 * @throws BackendError where the package or the tools are missing, or the result does not train
 */
export async function setupTensorflow({ from, onLine }: SetupTensorflowOptions): Promise<TensorflowSetup> {
  if (process.platform !== 'linux') {
    throw fault(
      'the platform',
      'be linux',
      process.platform,
      'elsewhere use the library that the package downloads',
    );
  }
  const library = await findTensorflowLibrary(from);
  const found = findTensorflowPackage();
  if (found === undefined) {
    throw fault(
      'the package @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node',
      'be installed',
      undefined,
      'npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0',
    );
  }
  const kept = await keepFolders(found.folder, ['deps', 'lib']);
  try {
    await linkLibrary(found.folder, library);
    await compile(found, library, onLine);
    const result = await proof(found);
    await kept.forget();
    return { package: found.name, library: library.tensorflow, ...result };
  } catch (error) {
    await kept.restore();
    throw error;
  } finally {
    await removeBuildFolders(found.folder);
  }
}

/** What the compiler left; the binding has been copied out of it. */
async function removeBuildFolders(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name === 'build' || name.startsWith('build-tmp-')) await rm(join(folder, name), { recursive: true });
  }
}

/** Puts the package's headers and link names in place, where its build looks for them. */
async function linkLibrary(folder: string, { headers, tensorflow, framework }: TensorflowLibrary) {
  const lib = join(folder, 'deps', 'lib');
  await mkdir(lib, { recursive: true });
  await symlink(headers, join(folder, 'deps', 'include'));
  // Names for the linker alone: the binding records the libraries' own, and finds them in their own folder.
  await symlink(tensorflow, join(lib, 'libtensorflow.so'));
  await symlink(framework, join(lib, 'libtensorflow_framework.so'));
}

async function compile(
  { folder, main }: TensorflowPackage,
  { tensorflow }: TensorflowLibrary,
  onLine: (line: string) => void = () => {},
): Promise<void> {
  const tool = createRequire(main).resolve('@mapbox/node-pre-gyp/bin/node-pre-gyp');
  const prefix = dirname(dirname(process.execPath));
  const headers = existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const args = [tool, 'rebuild', '--build-from-source', '--build-latest-napi-version-only', ...headers];
  const flags = `${process.env.LDFLAGS ?? ''} '-Wl,-rpath,${dirname(tensorflow)}'`;
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, LDFLAGS: flags } });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
        lines.push(line);
        onLine(line);
      }
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  if (status === 0) return;
  const complaint = lines.find((line) => /\berror\b|ERR!.*(Error|not found)/i.test(line)) ?? lines.at(-1);
  throw fault(
    'the binding',
    'compile',
    complaint,
    'it takes a C++ compiler, make and Python: apt install g++ make python3',
  );
}

async function proof({ main }: TensorflowPackage): Promise<Pick<TensorflowSetup, 'version' | 'device'>> {
  const answer = await runProbe(trainingStep, [main], { TF_CPP_MIN_LOG_LEVEL: '3' });
  const hint = 'try another version of TensorFlow; 2.21 is known to work';
  if ('failure' in answer) throw fault('the binding', 'train a step', answer.failure, hint);
  const { dx, dw, version, gpu } = JSON.parse(answer.output);
  if (dx !== expected || dw !== expected)
    throw fault('the binding', `give gradients of ${expected}`, [dx, dw], hint);
  return { version, device: gpu ? 'GPU' : 'CPU' };
}

/** Moves folders of the package aside, to bring them back or to remove them. */
async function keepFolders(
  folder: string,
  names: readonly string[],
): Promise<{ restore(): Promise<void>; forget(): Promise<void> }> {
  const aside = (name: string) => join(folder, `${name}.before-setup`);
  const moved: string[] = [];
  for (const name of names) {
    await rm(aside(name), { recursive: true, force: true });
    if (!existsSync(join(folder, name))) continue;
    await rename(join(folder, name), aside(name));
    moved.push(name);
  }
  return {
    restore: async () => {
      for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
      for (const name of moved) await rename(aside(name), join(folder, name));
    },
    forget: async () => {
      for (const name of moved) await rm(aside(name), { recursive: true, force: true });
    },
  };
}

function fault(what: string, rule: string, got: unknown, hint: string): BackendError {
  return new BackendError({ where: 'setupTensorflow', what, rule, got, hint });
}
