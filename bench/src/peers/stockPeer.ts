import { openBackend } from '@normlab/backends';
import { setBackend } from '@tensorflow/tfjs-core';
import { prepareConv } from '../workloads/conv.js';
import { prepareLayersStep } from '../workloads/layersStep.js';
import { prepareStockStandardize } from '../workloads/standardize.js';
import { prepareStockStep } from '../workloads/stockStep.js';
import { unknownWorkload } from './answering.js';
import { registerComposedGradients } from './composedGradients.js';
import { serve } from './serve.js';
import { openStockWebgpu } from './stockWebgpu.js';
import { wasmHeapBytes } from './wasmHeapBytes.js';

// Stock tfjs: node stockPeer.js cpu | wasm | composed | webgpu [ADAPTER]
const [variant, adapter] = process.argv.slice(2);
// Our cpu backend registers only tfjs's own gradients; wasm then starts as in plain tfjs.
const backend = variant === 'webgpu' ? await openStockWebgpu(adapter) : await openBackend('cpu');
if (variant === 'wasm' || variant === 'composed') {
  await import('@tensorflow/tfjs-backend-wasm');
  await setBackend('wasm');
}
if (variant === 'composed') registerComposedGradients();
await serve(
  `tfjs 4.22.0, ${describe()}`,
  async (workload) => {
    if (workload.kind === 'step') return prepareStockStep(workload);
    if (workload.kind === 'standardize') return prepareStockStandardize(workload);
    if (workload.kind === 'conv') return prepareConv(workload);
    if (workload.kind === 'layers-step') return prepareLayersStep(workload);
    throw unknownWorkload(workload);
  },
  wasmHeapBytes,
);
await backend.close();

function describe(): string {
  if (variant === 'webgpu') return backend.description;
  const composed = variant === 'composed' ? ', conv gradients composed of forward convolutions' : '';
  return `${variant === 'cpu' ? 'cpu' : 'wasm'}, 1 thread${composed}`;
}
