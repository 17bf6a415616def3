import { openBackend } from '@normlab/backends';
import { prepareStep } from './workloads/step.js';

// One gradient of ALL-CNN in a fresh process: node firstStep.js THREADS
const backend = await openBackend('wasm', { threads: Number(process.argv[2]) });
await prepareStep({ kind: 'step', width: 1, batch: 32, norm: 'bn' }).once();
await backend.close();
