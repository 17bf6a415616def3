import type { TensorflowPackage } from './tensorflowPackage.js';

type Fault = { readonly reason: string; readonly remedy: string };

/** The command that installs another TensorFlow and links the binding with it, on Linux. */
const setup = setupAfter('pip install tensorflow-cpu');

/** What is missing: the npm package, or the library that it should have downloaded. */
export function missingTensorflow(found: TensorflowPackage | undefined): Fault {
  if (found === undefined) {
    const install = '@tensorflow/tfjs-node@4.22.0';
    return {
      reason: 'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed',
      remedy: orOnLinux(`npm install ${install}`, `npm install --ignore-scripts ${install} && ${setup}`),
    };
  }
  return {
    reason: `the TensorFlow library of ${found.name} was not downloaded`,
    remedy: orOnLinux(`npm rebuild ${found.name}`, setup),
  };
}

/** Why an installed binding does not load. */
export function tensorflowFault({ name, linked }: TensorflowPackage, failure: string): Fault {
  if (linked !== undefined) {
    return {
      reason: `${name}, linked with ${linked}, does not load: ${failure}`,
      remedy: setupAfter('pip install --force-reinstall tensorflow-cpu'),
    };
  }
  const reason = `${name} does not load: ${failure}`;
  const cuda = /libcu|libnv|cuda|cudnn/i.test(failure);
  const mend = cuda ? 'install CUDA 11.2 and cuDNN 8.1' : `npm rebuild ${name}`;
  return { reason, remedy: process.platform === 'linux' ? `${mend}, or ${setup}` : mend };
}

function setupAfter(install: string): string {
  return `python3 -m venv tf && tf/bin/${install} && npx normlab setup tensorflow --from tf/bin/python`;
}

function orOnLinux(download: string, other: string): string {
  return process.platform === 'linux' ? `${download}; where its download fails, ${other}` : download;
}
