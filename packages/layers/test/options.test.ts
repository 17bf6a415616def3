import { complaintOf, onBackends } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { expect, it, onTestFinished } from 'vitest';
import * as normlab from '../src/index.js';

onBackends('refusals', ['cpu'], () => {
  it('of options', () => {
    const wrong = (make: (options: never) => unknown, options: object | null | string) =>
      complaintOf(() => make(options as never));
    expect([
      wrong(normlab.batchNormalization, { axes: 1 }),
      wrong(normlab.batchNormalization, 'axis'),
      wrong(normlab.batchNormalization, { axis: [1] }),
      wrong(normlab.batchNormalization, { momentum: 1.5 }),
      wrong(normlab.batchNormalization, { epsilon: -1 }),
      wrong(normlab.batchNormalization, { scale: 'no' }),
      wrong(normlab.batchNormalization, { gammaInitializer: 'twos' }),
      wrong(normlab.batchNormalization, { betaRegularizer: 'l3' }),
      wrong(normlab.batchNormalization, { betaConstraint: 'positive' }),
      wrong(normlab.batchNormalization, { name: 3 }),
      wrong(normlab.constantBatchNormalization, { scale: false }),
      wrong(normlab.constantBatchNormalization, { epsilon: Number.NaN }),
      wrong(normlab.groupNormalization, { groups: 0 }),
      wrong(normlab.groupNormalization, { group: 2 }),
      wrong(normlab.instanceNormalization, { axis: 0.5 }),
      wrong(normlab.layerNormalization, { axis: [1, 1] }),
      wrong(normlab.layerNormalization, { axis: [] }),
      wrong(normlab.rmsNormalization, { momentum: 0.9 }),
      wrong(normlab.weightStandardizedConv2d, { filters: 2.5, kernelSize: 3 }),
      wrong(normlab.weightStandardizedConv2d, { filters: 2, kernelSize: 3, stride: 2 }),
      complaintOf(normlab.weightStandardizedConv2d as () => unknown),
      wrong(normlab.weightStandardizedConv2d, { kernelSize: 3 }),
      wrong(normlab.weightStandardizedConv2d, { filters: 2, kernelSize: null }),
      ...Object.entries({
        kernelSize: [3, 3, 3],
        strides: -1,
        padding: 'causal',
        dataFormat: 'NCHW',
        dilationRate: [1, 0.5],
        activation: 'rel',
      }).map(([name, value]) =>
        wrong(normlab.weightStandardizedConv2d, { filters: 2, kernelSize: 3, [name]: value }),
      ),
    ]).toMatchInlineSnapshot(`
      [
        "OptionError: batchNormalization: "axes" must be an option of the layer (did you mean "axis"?).",
        "OptionError: batchNormalization: the options must be an object, got "axis".",
        "OptionError: batchNormalization: axis must be an integer, got [1].",
        "OptionError: batchNormalization: momentum must be in [0, 1], got 1.5.",
        "OptionError: batchNormalization: epsilon must be a finite number ≥ 0, got -1.",
        "OptionError: batchNormalization: scale must be true or false, got "no".",
        "OptionError: batchNormalization: gammaInitializer must be an initializer of tf.layers, or the name of one, got "twos".",
        "OptionError: batchNormalization: betaRegularizer must be a regularizer of tf.layers, or the name of one, got "l3".",
        "OptionError: batchNormalization: betaConstraint must be a constraint of tf.layers, or the name of one, got "positive".",
        "OptionError: batchNormalization: name must be a string, got 3.",
        "OptionError: constantBatchNormalization: "scale" must be an option of the layer (valid names: name, trainable, inputShape, batchInputShape, batchSize, dtype, inputDType, weights, axis, momentum, epsilon, movingMeanInitializer, movingVarianceInitializer).",
        "OptionError: constantBatchNormalization: epsilon must be a finite number ≥ 0, got NaN.",
        "OptionError: groupNormalization: groups must be an integer ≥ 1, got 0.",
        "OptionError: groupNormalization: "group" must be an option of the layer (did you mean "groups"?).",
        "OptionError: instanceNormalization: axis must be an integer, got 0.5.",
        "OptionError: layerNormalization: axis must be an integer, or a list of different integers, got [1,1].",
        "OptionError: layerNormalization: axis must be an integer, or a list of different integers, got [].",
        "OptionError: rmsNormalization: "momentum" must be an option of the layer (valid names: name, trainable, inputShape, batchInputShape, batchSize, dtype, inputDType, weights, scale, center, gammaInitializer, betaInitializer, gammaRegularizer, betaRegularizer, axis, epsilon).",
        "OptionError: weightStandardizedConv2d: filters must be an integer ≥ 1, got 2.5.",
        "OptionError: weightStandardizedConv2d: "stride" must be an option of the layer (did you mean "strides"?).",
        "OptionError: weightStandardizedConv2d: the options must be an object.",
        "OptionError: weightStandardizedConv2d: filters must be an integer ≥ 1.",
        "OptionError: weightStandardizedConv2d: kernelSize must be an integer ≥ 1, or a list of two.",
        "OptionError: weightStandardizedConv2d: kernelSize must be an integer ≥ 1, or a list of two, got [3,3,3].",
        "OptionError: weightStandardizedConv2d: strides must be an integer ≥ 1, or a list of two, got -1.",
        "OptionError: weightStandardizedConv2d: padding must be "same" or "valid", got "causal".",
        "OptionError: weightStandardizedConv2d: dataFormat must be "channelsLast" or "channelsFirst", got "NCHW".",
        "OptionError: weightStandardizedConv2d: dilationRate must be an integer ≥ 1, or a list of two, got [1,0.5].",
        "OptionError: weightStandardizedConv2d: activation must be an activation of tf.layers, or the name of one, got "rel".",
      ]
    `);
  });

  it('of inputs', () => {
    const built = (layer: layers.Layer, shape: (number | null)[]) =>
      complaintOf(() => {
        const model = sequential();
        model.add(layers.inputLayer({ inputShape: shape }));
        model.add(layer);
      });
    expect([
      built(normlab.batchNormalization({ axis: 3 }), [4, 4]),
      built(normlab.batchNormalization({ axis: 0 }), [4, 4]),
      built(normlab.batchNormalization(), [4, null]),
      built(normlab.constantBatchNormalization({ axis: 7 }), [4, 4]),
      built(normlab.groupNormalization({ groups: 3 }), [4, 4]),
      built(normlab.groupNormalization({ groups: 2, axis: -4 }), [4, 4]),
      built(normlab.instanceNormalization(), [4]),
      built(normlab.layerNormalization({ axis: [1, -2] }), [4, 4]),
      built(normlab.rmsNormalization({ axis: [1, 2] }), [null, 4]),
    ]).toMatchInlineSnapshot(`
      [
        "OptionError: batchNormalization: axis must hold different axes of the input after the first (the batch), whose rank is 3, got 3.",
        "OptionError: batchNormalization: axis must hold different axes of the input after the first (the batch), whose rank is 3, got 0.",
        "ShapeError: batchNormalization: the input must have a known length along axis 2, got [null,4,null].",
        "OptionError: constantBatchNormalization: axis must hold different axes of the input after the first (the batch), whose rank is 3, got 7.",
        "OptionError: groupNormalization: groups must divide C = 4 (axis 2 of the input), got 3.",
        "OptionError: groupNormalization: axis must hold different axes of the input after the first (the batch), whose rank is 3, got -4.",
        "ShapeError: instanceNormalization: the input must have rank ≥ 3, got [null,4].",
        "OptionError: layerNormalization: axis must hold different axes of the input after the first (the batch), whose rank is 3, got [1,-2].",
        "ShapeError: rmsNormalization: the input must have a known length along axis 1 and 2, got [null,null,4].",
      ]
    `);
  });

  it('of several inputs', () => {
    const x = tf.ones([2, 2]);
    const two = (layer: layers.Layer) => complaintOf(() => layer.call([x, x], {}));
    onTestFinished(normlab.mendBatchNormalization());
    expect([
      two(normlab.batchNormalization({})),
      two(normlab.constantBatchNormalization({})),
      two(layers.batchNormalization({ scale: false })),
    ]).toMatchInlineSnapshot(`
      [
        "ShapeError: batchNormalization: the input must be one tensor, got "2 tensors".",
        "ShapeError: constantBatchNormalization: the input must be one tensor, got "2 tensors".",
        "ShapeError: tf.layers.batchNormalization: the input must be one tensor, got "2 tensors".",
      ]
    `);
    x.dispose();
  });

  it('an option that is null counts as left out', () => {
    const layer = normlab.groupNormalization({ groups: null, epsilon: null, betaRegularizer: null } as never);
    expect([layer.groups, layer.epsilon]).toEqual([32, 1e-3]);
  });
});
