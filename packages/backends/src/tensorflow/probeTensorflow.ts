import type { Availability } from '../availability.js';
import { runProbe } from '../runProbe.js';
import { missingTensorflow, tensorflowFault } from './requirements.js';
import { restoreUtilScript } from './restoreUtil.js';
import { findTensorflowPackage } from './tensorflowPackage.js';

/** Loads the package and prints TensorFlow's version and whether it uses a GPU; argument: the package's main module. */
const script = `${restoreUtilScript}
const { binding, isUsingGpuDevice } = require(process.argv[1]).backend();
console.log(JSON.stringify({ version: binding.TF_Version, gpu: isUsingGpuDevice }));
process.exit(0);
`;

/** Whether TensorFlow's binding is installed completely, and loads. */
export async function probeTensorflow(): Promise<Availability> {
  const found = findTensorflowPackage();
  if (found?.binding === undefined) return missingTensorflow(found);
  const env = { TF_CPP_MIN_LOG_LEVEL: '3' };
  const result = await runProbe<{ version: string; gpu: boolean }>(script, [found.main], { env });
  if ('failure' in result) return tensorflowFault(found, result.failure);
  return { description: describeTensorflow(result.answer) };
}

/** One line for people. */
export function describeTensorflow({ version, gpu }: { version: string; gpu: boolean }): string {
  return `tensorflow: TensorFlow ${version} on its ${gpu ? 'GPU' : 'CPU'} kernels`;
}
