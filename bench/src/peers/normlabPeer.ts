import { type OpenBackend, openBackend } from '@normlab/backends';
import type { BuildChoice } from '../options.js';
import { prepareConv } from '../workloads/conv.js';
import { prepareInference } from '../workloads/inference.js';
import { prepareLayersStep } from '../workloads/layersStep.js';
import { prepareStandardize } from '../workloads/standardize.js';
import { prepareStep } from '../workloads/step.js';
import { unknownWorkload } from './answering.js';
import { serve } from './serve.js';
import { wasmHeapBytes } from './wasmHeapBytes.js';

// normlab: node normlabPeer.js wasm THREADS [BUILD] | webgpu [ADAPTER] | tensorflow
const [name, choice, build = 'auto'] = process.argv.slice(2);
const backend = await open();
await serve(
  backend.description,
  async (workload) => {
    if (workload.kind === 'step') return prepareStep(workload);
    if (workload.kind === 'inference') return prepareInference(workload);
    if (workload.kind === 'standardize') return prepareStandardize(workload);
    if (workload.kind === 'conv') return prepareConv(workload);
    if (workload.kind === 'layers-step') return prepareLayersStep(workload);
    throw unknownWorkload(workload);
  },
  wasmHeapBytes,
);
await backend.close();

function open(): Promise<OpenBackend> {
  if (name === 'webgpu') return openBackend('webgpu', choice === undefined ? {} : { adapter: choice });
  if (name === 'tensorflow') return openBackend('tensorflow');
  return openBackend('wasm', { threads: Number(choice), build: build as BuildChoice });
}
