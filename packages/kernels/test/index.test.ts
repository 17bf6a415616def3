import * as kernels from '@normlab/kernels';
import { expect, it } from 'vitest';

it('exports what the README lists', () => {
  expect(Object.keys(kernels).sort()).toMatchInlineSnapshot(`
    [
      "fusedKernel",
      "fusedKernelNames",
      "gradientsAround",
      "usesWinograd",
      "winogradKey",
    ]
  `);
});
