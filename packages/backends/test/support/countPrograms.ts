import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { backend } from '@tensorflow/tfjs-core';

/** Runs on the active backend, webgpu, and returns the names of the GPU programs issued, in order. */
export async function programsOf(run: () => Promise<void>): Promise<string[]> {
  const webgpu = backend() as WebGPUBackend;
  const issue = webgpu.runWebGPUProgram;
  const names: string[] = [];
  webgpu.runWebGPUProgram = (program, ...rest) => {
    names.push(program.shaderKey);
    return issue.call(webgpu, program, ...rest);
  };
  try {
    await run();
  } finally {
    webgpu.runWebGPUProgram = issue;
  }
  return names;
}
