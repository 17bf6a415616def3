import { type Inputs, magnitudes, randomValues, type Values } from './bothBackends.js';

/** A kernel with what it is to compute. */
export type KernelRun = { kernel: string; inputs: Inputs; attrs: object };

const pool = { filterSize: 3, strides: 2, pad: 'same' };

/** One run of every kernel, of a size that makes several tasks. */
export const kernelRuns: readonly KernelRun[] = [
  // Convolutions done directly, and by each of Winograd's variants.
  ...[
    { side: 3, strides: 1, channels: 5, results: 19 },
    { side: 3, strides: 2, channels: 5, results: 19 },
    { side: 3, strides: 1, channels: 4, results: 12 },
    { side: 3, strides: 1, channels: 16, results: 20 },
    { side: 3, strides: 2, channels: 16, results: 20 },
    { side: 5, strides: 1, channels: 16, results: 20 },
  ].flatMap(({ side, strides, channels, results }): KernelRun[] => {
    const attrs = { strides, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const x = randomValues([9, 12, 12, channels], 1);
    const filter = randomValues([side, side, channels, results], 2);
    const dy = randomValues([9, 12 / strides, 12 / strides, results], 3);
    return [
      { kernel: 'Conv2D', inputs: { x, filter }, attrs },
      { kernel: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      { kernel: 'Conv2DBackpropFilter', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ];
  }),
  // A single image, whose results threads share: whole panels of them, a part of one, one alone.
  ...[20, 36, 4].flatMap((results): KernelRun[] => {
    const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
    const [x, filter] = [randomValues([1, 12, 11, 16], 1), randomValues([3, 3, 16, results], 2)];
    const [dy, bias] = [randomValues([1, 12, 11, results], 3), randomValues([results], 4)];
    return [
      { kernel: 'FusedConv2D', inputs: { x, filter, bias }, attrs: { ...attrs, activation: 'relu' } },
      { kernel: 'Conv2DBackpropInput', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
    ];
  }),
  ...[
    [0, 1, 2],
    [1, 2, 3],
    [1, 2],
  ].flatMap((axes): KernelRun[] => {
    const x = randomValues([12, 20, 20, 10], 4);
    const variance = randomValues(
      x.shape.filter((_, axis) => !axes.includes(axis)),
      5,
    );
    const attrs = { axes, epsilon: 2 };
    return [
      { kernel: 'NormlabStandardize', inputs: { x }, attrs },
      { kernel: 'NormlabStandardizeGrad', inputs: { dy: x, y: randomValues(x.shape, 6), variance }, attrs },
      { kernel: 'Sum', inputs: { x }, attrs: { axis: axes } },
    ];
  }),
  {
    kernel: 'NormlabBatchNorm',
    inputs: {
      x: randomValues([12, 20, 20, 10], 10),
      mean: randomValues([10], 11),
      variance: randomValues([10], 12),
      scale: randomValues([10], 13),
    },
    attrs: { epsilon: 1e-5, decay: 0.9, activation: 'relu' },
  },
  {
    kernel: 'NormlabBatchNormGrad',
    inputs: {
      dy: randomValues([12, 20, 20, 10], 14),
      kept: randomValues([12, 20, 20, 10], 15),
      table: randomValues([3, 6, 4], 16),
    },
    attrs: { epsilon: 2, activation: 'relu' },
  },
  {
    kernel: 'NormlabSoftmaxCrossEntropy',
    inputs: {
      logits: randomValues([40, 10], 17),
      labels: { shape: [40], values: new Int32Array(40).fill(3) },
    },
    attrs: {},
  },
  {
    kernel: 'NormlabCountCorrect',
    inputs: {
      logits: randomValues([40, 10], 42),
      labels: { shape: [40], values: new Int32Array(40).fill(3) },
    },
    attrs: {},
  },
  {
    kernel: 'NormlabTotal',
    inputs: { 0: randomValues([70_001], 18), 1: randomValues([3, 3], 19) },
    attrs: {},
  },
  ...[
    { shapes: [[70_001]], nesterov: false },
    { shapes: [[70_001]], nesterov: true },
    { shapes: [[1], [3, 3, 5, 7], [16_384], [2, 16_385]], nesterov: true },
  ].map(({ shapes, nesterov }) => ({
    kernel: 'NormlabSgdMomentumStep',
    inputs: {
      params: variables(shapes, 20),
      grads: variables(shapes, 21),
      velocities: variables(shapes, 22),
    },
    attrs: { learningRate: 0.1, momentum: 0.9, weightDecays: shapes.map((_, i) => 2e-4 * 4 ** i), nesterov },
  })),
  ...[[[70_001]], [[1], [3, 3, 5, 7], [16_384], [2, 16_385]]].map((shapes) => ({
    kernel: 'NormlabAdamWStep',
    inputs: {
      params: variables(shapes, 38),
      grads: variables(shapes, 39),
      firstMoments: variables(shapes, 40),
      secondMoments: variables(shapes, 41).map(magnitudes),
    },
    attrs: {
      ...{ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, stepSize: 0.01, rootCorrection: 0.1 },
      kept: shapes.map((_, i) => 0.999 - 0.2 * i),
    },
  })),
  ...['Relu', 'Tanh'].map((kernel) => ({ kernel, inputs: { x: randomValues([70_001], 7) }, attrs: {} })),
  {
    kernel: 'NormlabReluGrad',
    inputs: { dy: randomValues([70_001], 23), y: randomValues([70_001], 24) },
    attrs: {},
  },
  ...[97, 1].map((slopes) => ({
    kernel: 'NormlabPreluGrad',
    inputs: {
      dy: randomValues([500, 97], 25),
      x: randomValues([500, 97], 26),
      alpha: randomValues([slopes], 27),
    },
    attrs: {},
  })),
  {
    kernel: 'NormlabPreluSlopeTerms',
    inputs: { dy: randomValues([70_001], 28), x: randomValues([70_001], 29) },
    attrs: {},
  },
  // A row, a scalar, the same shape, and a row per image.
  ...['Add', 'Sub', 'Multiply', 'RealDiv'].flatMap((kernel) =>
    [[97], [1], [8, 60, 97], [8, 1, 97]].map((shape) => ({
      kernel,
      inputs: { a: randomValues([8, 60, 97], 8), b: randomValues(shape, 9) },
      attrs: {},
    })),
  ),
  {
    kernel: 'MaxPoolGrad',
    inputs: {
      dy: randomValues([3, 7, 6, 10], 30),
      input: randomValues([3, 13, 12, 10], 31),
      output: randomValues([3, 7, 6, 10], 32),
    },
    attrs: pool,
  },
  {
    kernel: 'AvgPoolGrad',
    inputs: { dy: randomValues([3, 7, 6, 10], 33), input: randomValues([3, 13, 12, 10], 34) },
    attrs: pool,
  },
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) => ({
      kernel: 'BatchMatMul',
      inputs: {
        a: randomValues(transposeA ? [2, 41, 70] : [2, 70, 41], 35),
        b: randomValues(transposeB ? [2, 19, 41] : [2, 41, 19], 36),
      },
      attrs: { transposeA, transposeB },
    })),
  ),
  {
    kernel: 'Slice',
    inputs: { x: randomValues([5, 9, 8, 10], 37) },
    attrs: { begin: [1, 2, 0, 3], size: [3, 5, 8, 6] },
  },
  // Depthwise convolutions: vectors of results and a rest, one result per channel and several.
  ...[
    { channels: 37, multiplier: 1 },
    { channels: 7, multiplier: 3 },
  ].flatMap(({ channels, multiplier }): KernelRun[] => {
    const attrs = { strides: [2, 1], pad: 'same', dilations: [1, 1] };
    const x = randomValues([5, 9, 8, channels], 42);
    const filter = randomValues([3, 3, channels, multiplier], 43);
    const dy = randomValues([5, 5, 8, channels * multiplier], 44);
    const [input, filterGradient] = ['Input', 'Filter'].map((of) => `DepthwiseConv2dNativeBackprop${of}`);
    return [
      { kernel: input!, inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      { kernel: filterGradient!, inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ];
  }),
  // 3D, by the 2D kernels: sides, strides and filters that differ from axis to axis.
  ...[1, [2, 1, 3]].flatMap((strides): KernelRun[] => {
    const attrs = { strides, pad: 'same', dataFormat: 'NDHWC', dilations: 1 };
    const [depth, height, width] = Array.isArray(strides) ? [3, 9, 3] : [5, 9, 8];
    const x = randomValues([3, 5, 9, 8, 5], 45);
    const filter = randomValues([2, 3, 3, 5, 19], 46);
    const dy = randomValues([3, depth!, height!, width!, 19], 47);
    return [
      { kernel: 'Conv3DBackpropInputV2', inputs: { dy, filter }, attrs: { ...attrs, inputShape: x.shape } },
      { kernel: 'Conv3DBackpropFilterV2', inputs: { x, dy }, attrs: { ...attrs, filterShape: filter.shape } },
    ];
  }),
  ...['MaxPool3D', 'MaxPool3DGrad', 'AvgPool3DGrad'].map((kernel): KernelRun => {
    const x = randomValues([3, 5, 9, 8, 10], 48);
    const dy = randomValues([3, 3, 5, 8, 10], 49);
    const inputs = {
      MaxPool3D: { x },
      MaxPool3DGrad: { dy, input: x, output: dy },
      AvgPool3DGrad: { dy, input: x },
    };
    const attrs = { filterSize: [2, 3, 2], strides: [2, 2, 1], pad: 'same', dataFormat: 'NDHWC' };
    return { kernel, inputs: inputs[kernel as keyof typeof inputs], attrs };
  }),
];

/** A variable of each shape. */
function variables(shapes: readonly number[][], seed: number): Values[] {
  return shapes.map((shape, i) => randomValues(shape, seed + 100 * i));
}
