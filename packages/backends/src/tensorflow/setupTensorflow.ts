import { constants } from 'node:fs';
import { access, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError, refuseOthers } from '@normlab/errors';
import { runProbe } from '../runProbe.js';
import { checkBuildPaths } from './checkBuildPaths.js';
import { buildTools, compileBinding } from './compileBinding.js';
import { keepFolders } from './keepFolders.js';
import { restoreUtilScript } from './restoreUtil.js';
import { findTensorflowLibrary, type TensorflowLibrary } from './tensorflowLibrary.js';
import { findTensorflowPackage, type TensorflowPackage } from './tensorflowPackage.js';

export type SetupTensorflowOptions = {
  /** A Python that has the package tensorflow (a path or a command), or a folder that contains the C library. */
  readonly from: string;
  /** Called with each line of the compiler's output. */
  readonly onLine?: (line: string) => void;
  /** Stops the compiler; the package is left as it was. */
  readonly signal?: AbortSignal;
};

/** A binding that has computed a gradient. */
export type TensorflowSetup = {
  /** The package whose binding was built. */
  readonly package: string;
  /** TensorFlow's version. */
  readonly version: string;
  readonly device: 'CPU' | 'GPU';
  /** The shared library that the binding is linked with. */
  readonly library: string;
};

/**
 * Compiles the binding of the installed tfjs-node-gpu or tfjs-node and links it against another TensorFlow than the 2.9
 * that it was made for, then computes the gradient of a convolution with it in a separate process.
 *
 * The library must stay where it is: the binding refers to it. When this fails or is stopped, the package is restored.
 * Needs Linux, a C++ compiler, make and Python.
 *
 * @throws OptionError where `from` has no TensorFlow, or a path with characters that make or a shell would interpret
 * @throws BackendError where the package or the tools are missing, or the result does not train
 * @throws the signal's reason once it is aborted
 */
export async function setupTensorflow({
  from,
  onLine = () => {},
  signal,
  ...others
}: SetupTensorflowOptions): Promise<TensorflowSetup> {
  refuseOthers('setupTensorflow', others, ['from', 'onLine', 'signal']);
  if (process.platform !== 'linux') {
    const hint = 'elsewhere use the library that the package downloads';
    throw fault('the platform', 'be linux', process.platform, hint);
  }
  const library = await findTensorflowLibrary(from);
  const found = await writablePackage();
  const tools = await buildTools(found, library);
  checkBuildPaths(library, found, tools);
  signal?.throwIfAborted();
  const kept = await keepFolders(found.folder, ['deps', 'lib']);
  try {
    await linkLibrary(found.folder, library);
    await compileBinding(found, library, { tools, onLine, ...(signal && { signal }) });
    const result = await proof(found);
    signal?.throwIfAborted();
    await kept.forget();
    return { package: found.name, library: library.tensorflow, ...result };
  } catch (error) {
    await kept.restore();
    throw error;
  }
}

async function writablePackage(): Promise<TensorflowPackage> {
  const found = findTensorflowPackage();
  if (found === undefined) {
    const hint = 'npm install --ignore-scripts @tensorflow/tfjs-node-gpu@4.22.0';
    throw fault(
      'the package @tensorflow/tfjs-node-gpu or @tensorflow/tfjs-node',
      'be installed',
      undefined,
      hint,
    );
  }
  try {
    await access(found.folder, constants.W_OK);
  } catch {
    throw fault('the folder of the package', 'be writable', found.folder, 'install it in a project of yours');
  }
  return found;
}

/** Links the headers and libraries to where the package's build looks for them. */
async function linkLibrary(folder: string, { headers, tensorflow, framework }: TensorflowLibrary) {
  const lib = join(folder, 'deps', 'lib');
  await mkdir(lib, { recursive: true });
  await symlink(headers, join(folder, 'deps', 'include'));
  // Only the linker uses these names: the binding records the libraries' own names (sonames) and their folder (rpath).
  await symlink(tensorflow, join(lib, 'libtensorflow.so'));
  await symlink(framework, join(lib, 'libtensorflow_framework.so'));
}

/** Computes the gradients of a convolution of ones, whose sums are known, and prints them with version and device. */
const trainingStep = `${restoreUtilScript}
const tf = require(process.argv[1]);
const step = tf.grads((x, w) => tf.conv2d(x, w, 1, 'same'));
const [dx, dw] = step([tf.ones([2, 3, 3, 1]), tf.ones([3, 3, 1, 1])]).map((each) => each.sum().dataSync()[0]);
const { binding, isUsingGpuDevice } = tf.backend();
console.log(JSON.stringify({ dx, dw, version: binding.TF_Version, gpu: isUsingGpuDevice }));
process.exit(0);
`;

/**
 * Σ dx = Σ dw = the number of products in the convolution: over the 9 outputs, a 3 × 3 filter with 'same' padding has
 * 7 · 7 = 49 positions inside a 3 × 3 image, and there are two images.
 */
const expected = 98;

type Step = { readonly dx: number; readonly dw: number; readonly version: string; readonly gpu: boolean };

async function proof({ main }: TensorflowPackage): Promise<Pick<TensorflowSetup, 'version' | 'device'>> {
  const result = await runProbe<Step>(trainingStep, [main], { env: { TF_CPP_MIN_LOG_LEVEL: '3' } });
  const hint = 'try another version of TensorFlow: 2.12 to 2.21 are known to work';
  if ('failure' in result) throw fault('the binding', 'train a step', result.failure, hint);
  const { dx, dw, version, gpu } = result.answer;
  if (dx !== expected || dw !== expected)
    throw fault('the binding', `give gradients of ${expected}`, [dx, dw], hint);
  return { version, device: gpu ? 'GPU' : 'CPU' };
}

function fault(what: string, rule: string, got: unknown, hint: string): BackendError {
  return new BackendError({ where: 'setupTensorflow', what, rule, got, hint });
}
