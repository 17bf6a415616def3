import { listBackends } from '@normlab/backends';
import { afterAll, beforeAll, describe } from 'vitest';
import { openTfjsWebgpu, type TfjsWebgpu } from '../../backends/test/support/tfjsWebgpu.js';
import { suiteWith } from './harness/suiteOn.js';

const reason = (await listBackends()).find(({ name }) => name === 'webgpu')!.reason;

// As in a program that uses `@normlab/ops` and `@normlab/train` on tfjs's own backend, without our kernels.
describe.skipIf(reason !== undefined)(
  `tfjs's webgpu${reason === undefined ? '' : `, SKIPPED: ${reason}`}`,
  () => {
    suiteWith('a device with the default limits', 2, () => {
      let opened: TfjsWebgpu;
      beforeAll(async () => {
        opened = await openTfjsWebgpu("tfjs's");
      });
      afterAll(() => opened.close());
    });
  },
);
