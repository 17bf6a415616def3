import { unavailable } from '@normlab/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { openTfjsWebgpu, type TfjsWebgpu } from '../../backends/test/support/tfjsWebgpu.js';
import { suiteWith } from './harness/suiteOn.js';

const reason = await unavailable('webgpu');

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
