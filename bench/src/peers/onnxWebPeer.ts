import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { normals } from '../workloads/inputs.js';
import { unknownWorkload } from './answering.js';
import { serve } from './serve.js';

/** The part of onnxruntime-web that is used here. */
type OnnxRuntime = {
  readonly env: { readonly wasm: { numThreads: number }; readonly versions: { readonly web?: string } };
  readonly InferenceSession: { create(bytes: Uint8Array): Promise<Session> };
  readonly Tensor: new (type: 'float32', values: Float32Array, shape: readonly number[]) => object;
};
type Session = {
  readonly inputNames: readonly string[];
  run(inputs: Readonly<Record<string, object>>): Promise<unknown>;
  release(): Promise<void>;
};

// onnxruntime-web on WASM: node onnxWebPeer.js FOLDER, the one with its node_modules
const onnx = createRequire(join(process.argv[2]!, 'any.js'))('onnxruntime-web') as OnnxRuntime;
onnx.env.wasm.numThreads = 1;
await serve(`onnxruntime-web ${onnx.env.versions.web ?? ''}, 1 thread`, async (workload) => {
  if (workload.kind !== 'inference') throw unknownWorkload(workload);
  const session = await onnx.InferenceSession.create(await readFile(workload.onnxFile));
  const shape = [workload.batch, 3, 24, 24];
  const images = normals(workload.batch * 24 * 24 * 3, 'images');
  return {
    once: async () => {
      await session.run({ [session.inputNames[0]!]: new onnx.Tensor('float32', images, shape) });
    },
    release: () => void session.release(),
  };
});
