import {
  arrayOf,
  expectWithin,
  normalArray,
  onBackends,
  read,
  readAll,
  toTensor,
  unitRoundoff,
} from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { constraints, initializers, layers, sequential } from '@tensorflow/tfjs-layers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { operations } from '../../ops/test/harness/operations.js';
import { callOptions } from '../../ops/test/harness/options.js';
import * as normlab from '../src/index.js';
import { saved } from './support/modelFiles.js';
import { casesOf, operationNames, vectorLayer, weightsOf } from './support/vectors.js';

/** The operations of `model.fit`: inference has none. */
const trained = operationNames.filter((name) => !name.endsWith('Infer'));
const steps = trained.flatMap((name) =>
  casesOf(name)
    .filter(({ inputs }) => inputs.scale !== undefined || inputs.offset !== undefined)
    .slice(0, 4)
    .map((vector) => ({ name, title: vector.title, vector })),
);

onBackends('training', ['cpu', 'wasm, one thread'], () => {
  it.each(steps)('one step of model.fit ≈ PyTorch in float64: $name, $title', async ({ name, vector }) => {
    // With the target y − n/2 · dy, the gradient of the mean squared error with respect to y is dy.
    const count = vector.output.values.length;
    const target = arrayOf(
      vector.output.shape,
      (_, place) => vector.output.values[place]! - (count / 2) * vector.dy.values[place]!,
    );
    const learningRate = 0.5;
    const model = sequential();
    const layer = vectorLayer(name, vector, { inputShape: vector.inputs.x.shape.slice(1) });
    model.add(layer);
    layer.setWeights(weightsOf(vector).map(toTensor));
    model.compile({ optimizer: tf.train.sgd(learningRate), loss: 'meanSquaredError' });
    const [x, y] = [toTensor(vector.inputs.x), toTensor(target)];
    await model.fit(x, y, { batchSize: count, epochs: 1, shuffle: false, verbose: 0 });

    const { stats, ...options } = { stats: vector.stats, ...vector.options };
    const bounds = operations[name](
      vector.inputs,
      callOptions(1, { ...options, ...(stats && { stats }) }),
    ).bounds(vector.dy);
    // Here dy is rounded: by the errors of y, of the target and of their difference. The gradient of a parameter is a sum
    // over at most n elements of dy, times x̂, which is at most √n.
    const largest = Math.max(...[...target.values, ...vector.output.values].map(Math.abs));
    const ofDy = (2 / count) * (Math.max(...bounds.output.values) + 4 * unitRoundoff * largest);
    const parameters = (['scale', 'offset'] as const).filter((each) => vector.inputs[each] !== undefined);
    for (const [place, parameter] of parameters.entries()) {
      const before = vector.inputs[parameter]!;
      const gradient = vector.gradients[parameter]!;
      const expected = arrayOf(
        before.shape,
        (_, at) => before.values[at]! - learningRate * gradient.values[at]!,
      );
      const bound = arrayOf(before.shape, (_, at) => {
        const ofGradient = bounds.gradients[parameter]!.values[at]! + count * Math.sqrt(count) * ofDy;
        const ofUpdate = 4 * unitRoundoff * (Math.abs(before.values[at]!) + Math.abs(expected.values[at]!));
        return learningRate * ofGradient + ofUpdate;
      });
      const { after } = await readAll(() => ({ after: model.getWeights()[place]!.clone() }));
      expectWithin(after.values, expected, bound);
    }
    model.dispose();
  });
});

/** Each variable that may have a constraint, with a layer whose updates without it would break the constraint. */
const constrained = {
  'γ of batchNormalization': [normlab.batchNormalization, { gammaConstraint: 'nonNeg' }, 0],
  'β of batchNormalization': [normlab.batchNormalization, { betaConstraint: 'nonNeg' }, 1],
  'the kernel of weightStandardizedConv2d': [conv, { kernelConstraint: 'nonNeg' }, 0],
  'the bias of weightStandardizedConv2d': [conv, { biasConstraint: 'nonNeg' }, 1],
} as const;

const sixChannels = { inputShape: [3, 4, 6] };

function conv(options: object): layers.Layer {
  // Seeded: with some kernels all six biases move the same way.
  const kernelInitializer = initializers.glorotUniform({ seed: 1 });
  return normlab.weightStandardizedConv2d({ filters: 6, kernelSize: 1, kernelInitializer, ...options });
}

onBackends('training', ['cpu', 'wasm, one thread'], () => {
  it.each(Object.entries(constrained))('%s keeps its constraint', async (_, [make, options, place]) => {
    const model = sequential();
    const layer = (make as (options: object) => layers.Layer)({ ...options, inputShape: [3, 4, 6] });
    model.add(layer);
    // Steps of several units, up and down: without the constraint, some of the values would become negative.
    model.compile({ optimizer: tf.train.sgd(10), loss: 'meanSquaredError' });
    const [x, y] = [1, 3].map((seed) => toTensor(normalArray([4, 3, 4, 6], seed, { deviation: 3 })));
    await model.fit(x!, y!, { epochs: 1, verbose: 0 });
    const { after } = await readAll(() => ({ after: layer.getWeights()[place]!.clone() }));
    expect(Math.min(...after.values)).toBe(0);
    expect(Math.max(...after.values)).toBeGreaterThan(0);
    const { weightData, weightSpecs } = await saved(model);
    const files = tf.io.decodeWeights(weightData!, weightSpecs!);
    expect(await read(() => Object.values(files)[place]!)).toEqual([...after.values]);
    model.dispose();
  });
});

/** Not idempotent: applied twice, it does not give what it gives applied once. */
const halfway = constraints.minMaxNorm({ minValue: 0, maxValue: 1, rate: 0.5, axis: 0 });

/** Each way to a constrained variable, which is the layer's first weight. */
const onceConstrained: Record<string, (constraint?: typeof halfway) => layers.Layer> = {
  batchNormalization: (gammaConstraint) =>
    normlab.batchNormalization({ ...(gammaConstraint && { gammaConstraint }), ...sixChannels }),
  weightStandardizedConv2d: (kernelConstraint) =>
    conv({ ...(kernelConstraint && { kernelConstraint }), ...sixChannels }),
  'a mended layer of tf.layers': (gammaConstraint) =>
    layers.batchNormalization({ ...(gammaConstraint && { gammaConstraint }), center: false, ...sixChannels }),
};

onBackends('a constraint', ['cpu', 'wasm, one thread'], () => {
  it.each(Object.entries(onceConstrained))('is applied once per update: %s', async (_, make) => {
    onTestFinished(normlab.mendBatchNormalization());
    const [x, y] = [1, 3].map((seed) => toTensor(normalArray([4, 3, 4, 6], seed, { deviation: 3 })));
    const modelOf = (layer: layers.Layer) => {
      const model = sequential();
      model.add(layer);
      model.compile({ optimizer: tf.train.sgd(1), loss: 'meanSquaredError' });
      return model;
    };
    const [free, model] = [modelOf(make()), modelOf(make(halfway))];
    const weight = (of: typeof model) => of.getWeights()[0]!;
    const initial = await read(() => weight(free).clone());
    expect(await read(() => weight(model).clone())).toEqual(initial);

    const options = { batchSize: 4, epochs: 1, shuffle: false, verbose: 0 } as const;
    await free.fit(x!, y!, options);
    await model.fit(x!, y!, options);
    const trained = await read(() => halfway.apply(weight(free)));
    expect(await read(() => weight(model).clone())).toEqual(trained);

    model.setWeights(free.getWeights());
    expect(await read(() => weight(model).clone())).toEqual(trained);
    free.dispose();
    model.dispose();
  });

  it.each(Object.entries(onceConstrained))('is not applied by inference: %s', async (_, make) => {
    onTestFinished(normlab.mendBatchNormalization());
    const model = sequential();
    model.add(make(halfway));
    const x = toTensor(normalArray([4, 3, 4, 6], 1));
    const predict = () => read(() => model.predict(x) as tf.Tensor);
    const weights = await read(() => model.getWeights()[0]!.clone());
    expect(await predict()).toEqual(await predict());
    expect(await read(() => model.getWeights()[0]!.clone())).toEqual(weights);
    model.dispose();
  });

  it('of a layer of tf.layers does nothing in training', async () => {
    const model = sequential();
    model.add(layers.batchNormalization({ gammaConstraint: 'nonNeg', ...sixChannels }));
    model.compile({ optimizer: tf.train.sgd(10), loss: 'meanSquaredError' });
    const [x, y] = [1, 3].map((seed) => toTensor(normalArray([4, 3, 4, 6], seed, { deviation: 3 })));
    await model.fit(x!, y!, { epochs: 1, verbose: 0 });
    expect(Math.min(...(await read(() => model.getWeights()[0]!.clone())))).toBeLessThan(0);
    model.dispose();
  });
});

onBackends('training', ['wasm, one thread'], () => {
  describe.each(Object.entries(makers))('%s', (_, make) => {
    it('a model with it learns, and training leaves no tensor behind', async () => {
      const model = sequential();
      const kernelInitializer = 'heNormal' as const;
      model.add(layers.conv2d({ filters: 8, kernelSize: 3, kernelInitializer, inputShape: [6, 6, 2] }));
      for (const layer of make()) model.add(layer);
      model.add(layers.flatten());
      model.add(layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: 'zeros' }));
      model.compile({ optimizer: tf.train.sgd(0.1), loss: 'binaryCrossentropy' });
      // The class is the sign of a pixel.
      const images = normalArray([32, 6, 6, 2], 5);
      const x = toTensor(images);
      const y = toTensor(arrayOf([32, 1], ([image]) => (images.values[image! * 72 + 30]! > 0 ? 1 : 0)));
      const first = await model.fit(x, y, { batchSize: 32, epochs: 2, verbose: 0 });
      const before = tf.memory().numTensors;
      const last = await model.fit(x, y, { batchSize: 32, epochs: 20, verbose: 0 });
      expect(tf.memory().numTensors).toBe(before);
      expect(Number(last.history.loss!.at(-1))).toBeLessThan(0.7 * Number(first.history.loss![0]));
      model.dispose();
    });
  });
});

const makers = {
  batchNormalization: () => [normlab.batchNormalization({ scale: false })],
  constantBatchNormalization: () => [normlab.constantBatchNormalization()],
  groupNormalization: () => [normlab.groupNormalization({ groups: 4 })],
  instanceNormalization: () => [normlab.instanceNormalization()],
  layerNormalization: () => [normlab.layerNormalization({ axis: [1, 2, 3] })],
  rmsNormalization: () => [normlab.rmsNormalization()],
  weightStandardizedConv2d: () => [
    normlab.weightStandardizedConv2d({ filters: 6, kernelSize: 3, activation: 'relu' }),
  ],
};
