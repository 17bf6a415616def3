import { openBackend } from '@normlab/backends';
import { unavailable } from '@normlab/testing';
import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { openStockWebgpu } from '../src/peers/stockWebgpu.js';

const reason = await unavailable('webgpu');
const skipped = reason === undefined ? '' : `, SKIPPED: ${reason}`;

it.skipIf(reason !== undefined)(
  `stock tfjs on webgpu computes only with its own kernels${skipped}`,
  async () => {
    await import('@tensorflow/tfjs-backend-webgpu');
    const own = getKernelsForBackend('webgpu');
    const ours = await openBackend('webgpu');
    const replaced = own.filter((kernel) => !getKernelsForBackend('webgpu').includes(kernel));
    expect(replaced.map(({ kernelName }) => kernelName)).toContain('Conv2DBackpropFilter');
    await ours.close();

    const stock = await openStockWebgpu(undefined);
    const open = getKernelsForBackend('webgpu');
    expect(own.filter((kernel) => !open.includes(kernel))).toEqual([]);
    await stock.close();
  },
);
