import { spawnSync } from 'node:child_process';
import { hasRealImages } from '../../../packages/testing/src/realImages.js';
import { lackingWideVectors } from '../../../packages/wasm-kernels/src/runtime/wideVectors.js';

/** A test that did not run. */
export type SkippedTest = {
  /** Its file, from the root of the workspace. */
  readonly file: string;
  /** Its name, with the names of the suites around it. */
  readonly name: string;
};

/** Tests that need something which `npm ci` does not install on Linux x64, and whether it is here. */
export type Need = {
  readonly tests: (test: SkippedTest) => boolean;
  readonly isHere: () => boolean;
};

/** The first need that a test has decides. */
const needs: readonly Need[] = [
  {
    // They set a stand-in up, and would find a real package first.
    tests: ({ file, name }) =>
      file.endsWith('setupTensorflow.test.ts') ||
      file.endsWith('commands/setup.test.ts') ||
      name.startsWith('a TensorFlow that is'),
    isHere: () => !hasTensorflow(),
  },
  { tests: ({ name }) => /\btensorflow\b/.test(name), isHere: hasTensorflow },
  { tests: ({ name }) => name.includes('shared/data beside the checkout'), isHere: () => hasRealImages },
  { tests: ({ name }) => name.includes('there is no bun on the PATH'), isHere: () => hasProgram('bun') },
  { tests: ({ name }) => name.includes('there is no deno on the PATH'), isHere: () => hasProgram('deno') },
  {
    tests: ({ name }) => name.includes('where this Node can join vectors'),
    isHere: () => lackingWideVectors() === undefined,
  },
  { tests: ({ file }) => file.endsWith('terminal/ctrlC.test.ts'), isHere: () => hasProgram('script') },
  { tests: ({ file }) => file.endsWith('runFolder/provenance.test.ts'), isHere: () => hasProgram('git') },
  { tests: ({ name }) => name.startsWith('an ONNX file in onnxruntime'), isHere: () => isSet('ONNX_PYTHON') },
  { tests: ({ name }) => name.startsWith('the PyTorch program'), isHere: () => isSet('TORCH_PYTHON') },
  { tests: ({ name }) => name.startsWith('TensorBoard reads'), isHere: () => isSet('TENSORBOARD_PYTHON') },
  // The Chromium from npm needs a few libraries of the system; it says which one is missing.
  { tests: ({ name }) => name.includes('SKIPPED: Chromium finds no '), isHere: () => false },
];

/** What was found out about needs, which take a process each: one for a run of tests with many skipped. */
export type KnownNeeds = Map<Need, boolean>;

/**
 * Whether this machine lacks what a skipped test needs. On Linux x64, where npm installs all that most tests need, a
 * test without a row above must run; elsewhere a GPU, a browser or a kind of file may be missing.
 */
export function mayBeSkipped(test: SkippedTest, known: KnownNeeds = new Map()): boolean {
  if (process.platform !== 'linux' || process.arch !== 'x64') return true;
  const need = needs.find(({ tests }) => tests(test));
  if (need === undefined) return false;
  const isHere = known.get(need) ?? need.isHere();
  known.set(need, isHere);
  return !isHere;
}

function hasTensorflow(): boolean {
  // As `findTensorflowPackage` finds it: from the working directory, or through NODE_PATH.
  const script = "require.resolve('@tensorflow/tfjs-node-gpu/package.json')";
  return spawnSync(process.execPath, ['--eval', script]).status === 0;
}

function hasProgram(name: string): boolean {
  return spawnSync(name, ['--version']).status === 0;
}

function isSet(variable: string): boolean {
  return process.env[variable] !== undefined;
}
