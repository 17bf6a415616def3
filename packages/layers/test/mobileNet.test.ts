import { onBackends, read } from '@normlab/testing';
import type { Tensor } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { losses, mobileNet, stripes } from './support/mobileNet.js';
import { loaded, saved } from './support/modelFiles.js';

onBackends('a small network like MobileNet, with constant batch norm', ['wasm'], () => {
  it('trains, and gives the same predictions when it is saved and loaded', async () => {
    const [model, data] = [mobileNet(), stripes()];
    expect((await losses(model, data)).at(-1)).toBeLessThan(0.2);
    const restored = await loaded(await saved(model));
    const expected = await read(() => model.predict(data.x) as Tensor);
    expect(await read(() => restored.predict(data.x) as Tensor)).toEqual(expected);
  });
});
