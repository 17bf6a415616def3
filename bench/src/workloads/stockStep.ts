import { allCnn, type ConvSpec } from '@normlab/models';
import {
  batchNorm,
  conv2d,
  dispose,
  losses,
  mean,
  moments,
  oneHot,
  type Rank,
  randomNormal,
  relu,
  type Scalar,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
  tensor1d,
  tensor4d,
  train,
  type Variable,
  variable,
} from '@tensorflow/tfjs-core';
import type { Prepared } from '../peers/answering.js';
import type { StepWorkload } from '../workload.js';
import { classNumbers, imageSize, normals } from './inputs.js';
import { learningRate, momentum } from './step.js';

/**
 * The same step with stock tfjs: `conv2d`, `moments`, `batchNorm`, `relu`, `losses.softmaxCrossEntropy` and
 * `train.momentum`. Every norm has a scale and an offset, without which tfjs cannot train it. L2, which no optimizer of
 * tfjs has, and the running statistics are left out, which favours the peer.
 */
export function prepareStockStep({ width, batch, norm }: StepWorkload): Prepared {
  if (norm !== 'bn') throw new Error('stock tfjs cannot train a batch norm without scale and offset');
  const layers = allCnn({ width, norm }).layers;
  const variables: Variable[] = [];
  const blocks = layers.filter((layer) => layer.type === 'conv').map(makeBlock(variables));
  const optimizer = train.momentum(learningRate, momentum);
  const images = normals(batch * imageSize ** 2 * 3, 'images');
  return {
    once: async () => {
      const x = tensor4d(images, [batch, imageSize, imageSize, 3]);
      const labels = tensor1d(classNumbers(batch), 'int32');
      const loss = optimizer.minimize(
        () => {
          const features = blocks.reduce((each, block) => block(each), x);
          const logits = mean(features, [1, 2]);
          return losses.softmaxCrossEntropy<Tensor2D, Scalar>(
            oneHot(labels, 10) as Tensor2D,
            logits as Tensor2D,
          );
        },
        true,
        variables,
      );
      if (loss === null) throw new Error('no loss');
      await loss.data();
      dispose([x, labels, loss]);
    },
    release: () => {
      dispose(variables);
      optimizer.dispose();
    },
  };
}

/** Conv, batch norm and ReLU; adds their variables to the list. */
function makeBlock(variables: Variable[]): (layer: ConvSpec) => (x: Tensor4D) => Tensor4D {
  let from = 3;
  return ({ channels, kernel, stride }) => {
    const deviation = Math.sqrt(2 / (kernel ** 2 * channels));
    const filter = variable(
      randomNormal<Rank.R4>([kernel, kernel, from, channels], 0, deviation, 'float32', 1),
    ) as Variable<Rank.R4>;
    const scale = variable(tensor1d(new Float32Array(channels).fill(1))) as Variable<Rank.R1>;
    const offset = variable(tensor1d(new Float32Array(channels))) as Variable<Rank.R1>;
    variables.push(filter, scale, offset);
    from = channels;
    return (x) => {
      const y = conv2d(x, filter, stride, 'same');
      const { mean: center, variance } = moments(y, [0, 1, 2]);
      return relu(batchNorm<Rank.R4>(y, center as Tensor1D, variance as Tensor1D, offset, scale, 1e-5));
    };
  };
}
