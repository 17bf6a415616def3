import { normalArray, onBackends, read, toTensor } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import {
  type LayersModel,
  layers,
  model as modelOf,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import * as normlab from '../src/index.js';
import { loaded, saved } from './support/modelFiles.js';

/** Every layer, with options that are not its defaults. */
const everyLayer: Record<string, () => layers.Layer> = {
  batchNormalization: () =>
    normlab.batchNormalization({
      scale: false,
      axis: 1,
      momentum: 0.5,
      epsilon: 0.01,
      betaRegularizer: 'l1l2',
      betaConstraint: 'nonNeg',
      movingVarianceInitializer: 'ones',
      name: 'norm',
    }),
  constantBatchNormalization: () => normlab.constantBatchNormalization({ momentum: 0.5, epsilon: 0.01 }),
  groupNormalization: () => normlab.groupNormalization({ groups: 3, gammaInitializer: 'heNormal', axis: 3 }),
  instanceNormalization: () => normlab.instanceNormalization({ center: false, axis: 2, trainable: false }),
  layerNormalization: () => normlab.layerNormalization({ axis: [1, -1], gammaRegularizer: 'l1l2' }),
  rmsNormalization: () => normlab.rmsNormalization({ center: true, axis: [-2, -1] }),
  weightStandardizedConv2d: () =>
    normlab.weightStandardizedConv2d({
      filters: 5,
      kernelSize: [2, 3],
      strides: 2,
      padding: 'same',
      activation: 'elu',
      epsilon: 0.01,
    }),
};

it('every layer of the package has a case', () => {
  const functions = Object.keys(normlab).filter((name) => /^[a-z]/.test(name));
  expect([...Object.keys(everyLayer), 'mendBatchNormalization'].sort()).toEqual(functions.sort());
});

onBackends('saved models', ['cpu', 'wasm, one thread'], () => {
  it.each(Object.entries(everyLayer))(
    '%s: trained, saved and loaded, the same predictions',
    async (_, make) => {
      const model = sequential();
      model.add(layers.conv2d({ filters: 6, kernelSize: 3, padding: 'same', inputShape: [5, 4, 2] }));
      model.add(make());
      model.add(layers.globalAveragePooling2d({}));
      model.add(layers.dense({ units: 2 }));
      await train(model);
      const restored = await loaded(await saved(model));
      expect(restored.layers[1]!.constructor).toBe(model.layers[1]!.constructor);
      expect(restored.layers[1]!.getConfig()).toEqual(model.layers[1]!.getConfig());
      const x = images();
      const expected = await read(() => model.predict(x) as tf.Tensor);
      expect(await read(() => restored.predict(x) as tf.Tensor)).toEqual(expected);
      // A loaded model goes on training.
      await train(restored);
      model.dispose();
      restored.dispose();
    },
  );

  it('a group normalization in Keras’s form loads', async () => {
    const model = sequential();
    model.add(normlab.groupNormalization({ groups: 2, inputShape: [3, 4], name: 'norm' }));
    const artifacts = await saved(model);
    // As keras.layers.GroupNormalization.get_config writes it.
    const of = (className: string) => ({ class_name: className, config: {} });
    const layer = {
      class_name: 'GroupNormalization',
      config: {
        ...{ name: 'norm', trainable: true, dtype: 'float32', batch_input_shape: [null, 3, 4] },
        ...{ groups: 2, axis: -1, epsilon: 0.001, center: true, scale: true },
        ...{ beta_initializer: of('Zeros'), gamma_initializer: of('Ones') },
        ...{ beta_regularizer: null, gamma_regularizer: null, beta_constraint: null, gamma_constraint: null },
      },
    };
    const modelTopology = { class_name: 'Sequential', config: { name: 'model', layers: [layer] } };
    const restored = await loaded({ ...artifacts, modelTopology: { model_config: modelTopology } });
    const x = toTensor(normalArray([2, 3, 4], 1));
    const expected = await read(() => model.predict(x) as tf.Tensor);
    expect(await read(() => restored.predict(x) as tf.Tensor)).toEqual(expected);
  });

  it('in a functional model: two uses of one layer share its weights', async () => {
    const input = layers.input({ shape: [4, 4, 4] });
    const norm = normlab.groupNormalization({ groups: 2 });
    const outputs = layers
      .add()
      .apply([
        norm.apply(input),
        norm.apply(layers.reLU().apply(input) as SymbolicTensor),
      ] as SymbolicTensor[]);
    const model = modelOf({ inputs: input, outputs: outputs as SymbolicTensor });
    expect(model.weights).toHaveLength(2);
    const restored = await loaded(await saved(model));
    const x = toTensor(normalArray([2, 4, 4, 4], 1));
    const expected = await read(() => model.predict(x) as tf.Tensor);
    expect(await read(() => restored.predict(x) as tf.Tensor)).toEqual(expected);
  });
});

const images = () => toTensor(normalArray([3, 5, 4, 2], 3, { mean: 1 }));

async function train(model: LayersModel): Promise<void> {
  model.compile({ optimizer: tf.train.momentum(0.05, 0.9), loss: 'meanSquaredError' });
  await model.fit(images(), toTensor(normalArray([3, 2], 4)), { epochs: 2, verbose: 0 });
}
