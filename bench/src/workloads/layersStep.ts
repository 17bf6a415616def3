import { dispose, oneHot, type Rank, train } from '@tensorflow/tfjs-core';
import { initializers, layers, type Sequential, sequential } from '@tensorflow/tfjs-layers';
import type { Prepared } from '../peers/answering.js';
import type { LayersStepWorkload } from '../workload.js';
import { classNumbers, normalTensor } from './inputs.js';
import { learningRate, momentum } from './step.js';

const classes = 10;

/** Channels and stride of each pair of a depthwise and a 1×1 convolution: the first six of MobileNet, Table 1. */
const pairs = [
  [64, 1],
  [128, 2],
  [128, 1],
  [256, 2],
  [256, 1],
  [512, 2],
] as const;

/** `trainOnBatch` of a small MobileNet of layers of tf.layers alone: the same program for every peer that has tfjs. */
export function prepareLayersStep({ width, batch, size }: LayersStepWorkload): Prepared {
  const model = mobileNet(width, size);
  const optimizer = train.momentum(learningRate, momentum);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  const x = normalTensor<Rank.R4>([batch, size, size, 3], 'images');
  const y = oneHot(classNumbers(batch), classes);
  return {
    once: async () => {
      await model.trainOnBatch(x, y);
    },
    release: () => {
      dispose([x, y]);
      model.dispose();
      optimizer.dispose();
    },
  };
}

/** Howard et al. 2017 (arXiv:1704.04861), with a first convolution of stride 1 for images of 32×32. */
function mobileNet(width: number, size: number): Sequential {
  const channels = (full: number) => Math.max(1, Math.round(full * width));
  const initializer = (seed: number) => initializers.heNormal({ seed });
  const common = { padding: 'same', useBias: false } as const;
  const model = sequential();
  const first = { filters: channels(32), kernelSize: 3, inputShape: [size, size, 3] };
  model.add(layers.conv2d({ ...common, ...first, kernelInitializer: initializer(0) }));
  const normalize = () => {
    model.add(layers.batchNormalization());
    model.add(layers.reLU());
  };
  normalize();
  for (const [place, [filters, strides]] of pairs.entries()) {
    const depthwiseInitializer = initializer(2 * place + 1);
    model.add(layers.depthwiseConv2d({ ...common, kernelSize: 3, strides, depthwiseInitializer }));
    normalize();
    const kernelInitializer = initializer(2 * place + 2);
    model.add(layers.conv2d({ ...common, filters: channels(filters), kernelSize: 1, kernelInitializer }));
    normalize();
  }
  model.add(layers.globalAveragePooling2d({}));
  model.add(
    layers.dense({
      units: classes,
      activation: 'softmax',
      kernelInitializer: initializer(2 * pairs.length + 1),
    }),
  );
  return model;
}
