import { createRequire } from 'node:module';
import { join } from 'node:path';
import { backend, env, findBackendFactory, type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { unavailableError } from '../availability.js';
import type { DeviceOpener } from '../device.js';
import { usableCores } from '../usableCores.js';
import { describeTensorflow, probeTensorflow } from './probeTensorflow.js';
import { missingTensorflow, tensorflowFault } from './requirements.js';
import { restoreUtil } from './restoreUtil.js';
import { findTensorflowPackage } from './tensorflowPackage.js';

type Binding = { readonly TF_Version: string };
type NodeBackend = KernelBackend & { readonly binding: Binding; readonly isUsingGpuDevice: boolean };
type BackendModule = {
  readonly NodeJSKernelBackend: new (binding: Binding, packageName: string) => NodeBackend;
};

const require = createRequire(import.meta.url);

/** TensorFlow's own kernels, through tfjs-node-gpu or tfjs-node. */
export const openTensorflow: DeviceOpener = async ({ activate }) => {
  const found = findTensorflowPackage();
  if (found?.binding === undefined) throw unavailableError('tensorflow', missingTensorflow(found));
  const { name, main, folder, binding } = found;
  if (require.cache[main] === undefined) {
    // A damaged library can end the process that loads it, so a separate process loads it first.
    const looked = await probeTensorflow();
    if ('reason' in looked) throw unavailableError('tensorflow', looked);
  }
  try {
    restoreUtil();
    quietly(() => require(main));
    // Loading the module registers the backend only the first time; this is for the next times.
    if (findBackendFactory('tensorflow') == null) {
      const { NodeJSKernelBackend }: BackendModule = require(
        join(folder, 'dist', 'nodejs_kernel_backend.js'),
      );
      registerBackend('tensorflow', () => new NodeJSKernelBackend(require(binding), name));
    }
  } catch (cause) {
    const failure = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw unavailableError('tensorflow', tensorflowFault(found, failure), cause);
  }
  await activate();
  const opened = backend() as NodeBackend;
  return {
    description: describeTensorflow({ version: opened.binding.TF_Version, gpu: opened.isUsingGpuDevice }),
    threads: usableCores(),
  };
};

/** Runs without TensorFlow's messages about the CPU and tfjs's warnings about kernels registered twice. */
function quietly(load: () => void): void {
  const level = process.env.TF_CPP_MIN_LOG_LEVEL;
  const production = env().getBool('PROD');
  process.env.TF_CPP_MIN_LOG_LEVEL = level ?? '2';
  env().set('PROD', true);
  try {
    load();
  } finally {
    env().set('PROD', production);
    if (level === undefined) delete process.env.TF_CPP_MIN_LOG_LEVEL;
  }
}
