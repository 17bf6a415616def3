import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { layers } from '@tensorflow/tfjs-layers';

/** A kind of layer of tf.layers, between a layer with weights before it and a dense layer after it. */
export type Kind = {
  readonly shape: readonly number[];
  /** The layers, applied one after the other; or a function of the input. */
  readonly make: () => layers.Layer[];
  /** Joins the input with a second branch. */
  readonly joins?: boolean;
  /** Inputs are indices. */
  readonly indices?: boolean;
  readonly batch?: number;
  /** What comes out on wasm with our kernels, unless it is a correct step; `note` has the reason. */
  readonly result?: 'no' | 'wrong';
  readonly note?: string;
};

const image = [6, 5, 4];
const sequence = [6, 4];
const volume = [4, 5, 4, 2];
// tfjs's orthogonal initializer calls methods of tensors that only @tensorflow/tfjs adds.
const recurrentInitializer = 'glorotNormal';
const same = { padding: 'same' } as const;

export const kinds: Readonly<Record<string, Kind>> = {
  dense: { shape: [5], make: () => [layers.dense({ units: 3, activation: 'tanh' })] },
  activation: { shape: [5], make: () => [layers.activation({ activation: 'swish' })] },
  elu: { shape: [5], make: () => [layers.elu()] },
  reLU: { shape: [5], make: () => [layers.reLU()] },
  leakyReLU: { shape: [5], make: () => [layers.leakyReLU()] },
  prelu: { shape: image, make: () => [layers.prelu({ sharedAxes: [1, 2] })] },
  'prelu, a slope per row': { shape: image, make: () => [layers.prelu({ sharedAxes: [2, 3] })] },
  softmax: { shape: [5], make: () => [layers.softmax()] },
  thresholdedReLU: {
    shape: [5],
    make: () => [layers.thresholdedReLU({ theta: 0.1 })],
    result: 'no',
    note: 'tfjs has no gradient of it, on any backend',
  },
  conv1d: { shape: sequence, make: () => [layers.conv1d({ filters: 3, kernelSize: 3 })] },
  'conv1d, strided': {
    shape: sequence,
    make: () => [layers.conv1d({ filters: 3, kernelSize: 3, strides: 2, ...same })],
  },
  conv2d: { shape: image, make: () => [layers.conv2d({ filters: 3, kernelSize: 3, strides: 2, ...same })] },
  'conv2d, strided': {
    shape: image,
    make: () => [layers.conv2d({ filters: 3, kernelSize: [1, 2], strides: [2, 3] })],
  },
  'conv2d, stride above the filter': {
    shape: [6, 6, 4],
    make: () => [layers.conv2d({ filters: 3, kernelSize: [1, 2], strides: [2, 3], ...same })],
  },
  'conv2d, dilated': {
    shape: image,
    make: () => [layers.conv2d({ filters: 3, kernelSize: 2, dilationRate: 2 })],
    result: 'no',
    note: 'tfjs has no gradient of a dilated convolution, on any backend',
  },
  conv2dTranspose: {
    shape: image,
    make: () => [layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })],
  },
  'conv2dTranspose, same': {
    shape: image,
    make: () => [layers.conv2dTranspose({ filters: 3, kernelSize: [2, 3], strides: [3, 2], ...same })],
  },
  conv3d: {
    shape: volume,
    make: () => [layers.conv3d({ filters: 3, kernelSize: 2 })],
  },
  'conv3d, strided': {
    shape: volume,
    make: () => [layers.conv3d({ filters: 3, kernelSize: [2, 3, 1], strides: [2, 1, 3], ...same })],
  },
  depthwiseConv2d: {
    shape: image,
    make: () => [layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, ...same })],
  },
  'depthwiseConv2d, strided': {
    shape: image,
    make: () => [layers.depthwiseConv2d({ kernelSize: [2, 3], strides: [2, 2] })],
  },
  'depthwiseConv2d, stride above the filter': {
    shape: [6, 6, 4],
    make: () => [layers.depthwiseConv2d({ kernelSize: [2, 1], strides: [3, 3], ...same })],
  },
  separableConv2d: {
    shape: image,
    make: () => [layers.separableConv2d({ filters: 3, kernelSize: 3, depthMultiplier: 2 })],
  },
  'separableConv2d, strided': {
    shape: image,
    make: () => [layers.separableConv2d({ filters: 3, kernelSize: [3, 2], strides: 2, ...same })],
  },
  maxPooling1d: { shape: sequence, make: () => [layers.maxPooling1d({ poolSize: 2 })] },
  'maxPooling1d, overlapping': {
    shape: sequence,
    make: () => [layers.maxPooling1d({ poolSize: 3, strides: 2, ...same })],
  },
  averagePooling1d: { shape: sequence, make: () => [layers.averagePooling1d({ poolSize: 2 })] },
  maxPooling2d: { shape: image, make: () => [layers.maxPooling2d({ poolSize: 3, strides: 2, ...same })] },
  averagePooling2d: {
    shape: image,
    make: () => [layers.averagePooling2d({ poolSize: 3, strides: 2 })],
    note: 'padding `valid`: with `same`, the gradient of tfjs’s cpu kernel, with which we compare, is wrong',
  },
  maxPooling3d: { shape: volume, make: () => [layers.maxPooling3d({ poolSize: 2 })] },
  'maxPooling3d, overlapping': {
    shape: volume,
    make: () => [layers.maxPooling3d({ poolSize: 2, strides: 1, ...same })],
  },
  averagePooling3d: { shape: volume, make: () => [layers.averagePooling3d({ poolSize: 2 })] },
  'averagePooling3d, overlapping': {
    shape: volume,
    make: () => [layers.averagePooling3d({ poolSize: [3, 2, 3], strides: [1, 2, 1] })],
    note: 'padding `valid`: with `same`, the gradient of tfjs’s cpu kernel, with which we compare, is wrong',
  },
  globalMaxPooling1d: { shape: sequence, make: () => [layers.globalMaxPooling1d()] },
  globalAveragePooling1d: { shape: sequence, make: () => [layers.globalAveragePooling1d()] },
  globalMaxPooling2d: { shape: image, make: () => [layers.globalMaxPooling2d({})] },
  globalAveragePooling2d: { shape: image, make: () => [layers.globalAveragePooling2d({})] },
  upSampling2d: {
    shape: image,
    make: () => [layers.upSampling2d({ size: [2, 2] })],
    batch: 1,
    note: 'one image: for several, the gradient of tfjs’s cpu kernel, with which we compare, is wrong',
  },
  cropping2D: {
    shape: image,
    make: () => [
      layers.cropping2D({
        cropping: [
          [1, 0],
          [0, 2],
        ],
      }),
    ],
  },
  zeroPadding2d: { shape: image, make: () => [layers.zeroPadding2d({ padding: 1 })] },
  batchNormalization: { shape: image, make: () => [layers.batchNormalization()] },
  layerNormalization: { shape: image, make: () => [layers.layerNormalization()] },
  embedding: {
    shape: [4],
    make: () => [layers.embedding({ inputDim: 7, outputDim: 3 })],
    indices: true,
  },
  simpleRNN: { shape: sequence, make: () => [layers.simpleRNN({ units: 3, recurrentInitializer })] },
  gru: { shape: sequence, make: () => [layers.gru({ units: 3, recurrentInitializer })] },
  lstm: { shape: sequence, make: () => [layers.lstm({ units: 3, recurrentInitializer })] },
  bidirectional: {
    shape: sequence,
    make: () => [
      layers.bidirectional({
        layer: layers.simpleRNN({ units: 2, recurrentInitializer }) as never,
        mergeMode: 'concat',
      }),
    ],
  },
  timeDistributed: {
    shape: sequence,
    make: () => [layers.timeDistributed({ layer: layers.dense({ units: 3 }) })],
  },
  reshape: { shape: sequence, make: () => [layers.reshape({ targetShape: [3, 8] })] },
  permute: { shape: sequence, make: () => [layers.permute({ dims: [2, 1] })] },
  repeatVector: { shape: [5], make: () => [layers.repeatVector({ n: 3 })] },
  add: { shape: [5], make: () => [layers.add()], joins: true },
  average: { shape: [5], make: () => [layers.average()], joins: true },
  concatenate: { shape: [5], make: () => [layers.concatenate()], joins: true },
  maximum: { shape: [5], make: () => [layers.maximum()], joins: true },
  minimum: { shape: [5], make: () => [layers.minimum()], joins: true },
  multiply: { shape: [5], make: () => [layers.multiply()], joins: true },
  dot: { shape: [5], make: () => [layers.dot({ axes: -1 })], joins: true },
};

/** A kind's layers between others with weights, so that the gradient with respect to its input matters. */
export function outputOf({ make, joins, indices }: Kind, input: SymbolicTensor): SymbolicTensor {
  const dense = (x: SymbolicTensor, units: number) => layers.dense({ units }).apply(x) as SymbolicTensor;
  const channels = input.shape.at(-1)!;
  const before = indices ? input : dense(input, channels);
  const [first, ...others] = make();
  let x = first!.apply(joins ? [before, dense(input, channels)] : before) as SymbolicTensor;
  for (const layer of others) x = layer.apply(x) as SymbolicTensor;
  const flat = x.shape.length > 2 ? (layers.flatten().apply(x) as SymbolicTensor) : x;
  return dense(flat, 2);
}
