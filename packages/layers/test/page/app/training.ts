import { type OpenBackendOptions, openBackend } from '@normlab/backends';
import { losses, mobileNet, stripes } from '../../support/mobileNet.js';

/** What a training of layers of tf.layers gives, with the backend that it ran on. */
export type Training = {
  readonly description: string;
  readonly losses: number[];
  readonly predictions: number[];
};

/** Trains on wasm, in a page or in Node. */
export async function trainOnWasm(options: OpenBackendOptions): Promise<Training> {
  const backend = await openBackend('wasm', options);
  try {
    const [model, data] = [mobileNet(), stripes()];
    const result = await losses(model, data);
    const outputs = [model.predict(data.x)].flat();
    return {
      description: backend.description,
      losses: result,
      predictions: [...(await outputs[0]!.data())],
    };
  } finally {
    await backend.close();
  }
}
