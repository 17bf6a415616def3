import { openBackend } from '@normlab/backends';
import { setBackend } from '@tensorflow/tfjs-core';
import { prepareConv } from '../workloads/conv.js';
import { prepareStockStandardize } from '../workloads/standardize.js';
import { prepareStockStep } from '../workloads/stockStep.js';
import { registerComposedGradients } from './composedGradients.js';
import { serve, unknownWorkload } from './serve.js';
import { wasmHeapBytes } from './wasmHeapBytes.js';

// Stock tfjs: node stockPeer.js cpu | wasm | composed. Opening our cpu backend registers tfjs's own gradients and
// nothing else; the wasm backend is then started as tfjs starts it by itself.
const variant = process.argv[2];
await openBackend('cpu');
if (variant !== 'cpu') {
  await import('@tensorflow/tfjs-backend-wasm');
  await setBackend('wasm');
}
if (variant === 'composed') registerComposedGradients();
const composed = variant === 'composed' ? ', conv gradients composed of forward convolutions' : '';
await serve(
  `tfjs 4.22.0, ${variant === 'cpu' ? 'cpu' : 'wasm'}, 1 thread${composed}`,
  async (workload) => {
    if (workload.kind === 'step') return prepareStockStep(workload);
    if (workload.kind === 'standardize') return prepareStockStandardize(workload);
    if (workload.kind === 'conv') return prepareConv(workload);
    throw unknownWorkload(workload);
  },
  wasmHeapBytes,
);
