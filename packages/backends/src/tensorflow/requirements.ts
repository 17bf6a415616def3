import type { TensorflowPackage } from './tensorflowPackage.js';

type Fault = { readonly reason: string; readonly remedy: string };

const setup = 'normlab setup tensorflow --from PYTHON, a Python that has the package tensorflow';

/** What is missing for the backend: the package, or the library that it should have downloaded. */
export function missingTensorflow(found: TensorflowPackage | undefined): Fault {
  if (found === undefined) {
    return {
      reason: 'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node is installed',
      remedy: `npm install @tensorflow/tfjs-node@4.22.0; where its download fails, npm install --ignore-scripts @tensorflow/tfjs-node@4.22.0 and ${setup}`,
    };
  }
  return {
    reason: `the TensorFlow library of ${found.name} was not downloaded`,
    remedy: `npm rebuild ${found.name}; where its download fails, ${setup}`,
  };
}

/** Why an installed binding does not load. */
export function tensorflowFault({ name }: TensorflowPackage, failure: string): Fault {
  const reason = `${name} does not load: ${failure}`;
  if (/libcu|libnv|cuda|cudnn/i.test(failure)) {
    return { reason, remedy: `install CUDA 11.2 and cuDNN 8.1, or ${setup}` };
  }
  return { reason, remedy: `npm rebuild ${name}, or ${setup}` };
}
