import { buildModel, type ModelSpec } from '@normlab/models';
import { crossEntropy, lossAndGradients, sgd } from '@normlab/train';
import { dispose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { parameterShapes } from '../network.js';
import type {
  Head,
  LabelledBatch,
  NetworkOutput,
  NetworkSubject,
  SgdSubject,
  Variables,
} from '../subject.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { Values } from '../values.js';
import { modelPath, reluHeadSpec, specOf, tanhHeadSpec } from './modelSpecs.js';

/** `@normlab/models` and `@normlab/train` as laws see them: networks, their loss and gradients, and SGD. */
export const modelSubject: NetworkSubject & NetworkOutput & Head & SgdSubject = {
  async lossAndGradients(network, params, batch) {
    const results = await trainingPass(specOf(network), byModelPath(params), batch);
    const { loss, ...gradients } = results;
    const paths = Object.keys(parameterShapes(network));
    return {
      loss: loss!.data[0]!,
      gradients: Object.fromEntries(paths.map((path) => [path, gradients[modelPath(path)]!])),
    };
  },

  async logits(network, params, images) {
    const model = buildModel(specOf(network));
    const { logits } = await readBack(() => {
      const { stats } = model.init(0);
      const x = toTensor(images) as Tensor4D;
      return { logits: model.applyTrain(tensors(byModelPath(params)), stats, x, { seed: 0 }).logits };
    });
    return logits;
  },

  async reluHeadLoss(z, labels, epsilon) {
    const [, size, , classes] = z.shape as [number, number, number, number];
    const { loss } = await trainingPass(reluHeadSpec(size, classes, epsilon), identity(classes), {
      images: z,
      labels,
    });
    return loss!.data[0]!;
  },

  async tanhHeadLoss(z, labels) {
    const [, size, , classes] = z.shape as [number, number, number, number];
    const { loss } = await trainingPass(tanhHeadSpec(size, classes), identity(classes), {
      images: z,
      labels,
    });
    return loss!.data[0]!;
  },

  async sgdStep(param, velocity, gradient, { learningRate, weightDecay, momentum }) {
    const optimizer = sgd({ learningRate: () => learningRate, momentum, l2: weightDecay });
    return readBack(() => {
      const v = toTensor(velocity);
      const state = momentum === 0 ? {} : { 'w/velocity': v };
      const next = optimizer.update({ w: toTensor(gradient) }, state, { w: toTensor(param) }, 0);
      // Without momentum the optimizer keeps no velocity, and nothing reads the one handed back.
      return { param: next.params.w!, velocity: next.state['w/velocity'] ?? v };
    });
  },
};

/** The loss under `loss`, and the gradients by the model's paths. */
async function trainingPass(
  spec: ModelSpec,
  params: Variables<Values>,
  { images, labels }: LabelledBatch,
): Promise<Variables<Values>> {
  const model = buildModel(spec);
  return readBack(() => {
    const { stats } = model.init(0);
    const batch = {
      images: Float32Array.from(images.data),
      labels: Int32Array.from(labels),
      shape: images.shape as [number, number, number, number],
    };
    const pass = lossAndGradients(model, crossEntropy, { params: tensors(params), stats }, batch, {
      seed: 0,
    });
    dispose([pass.stats, pass.correct]);
    return { loss: pass.loss, ...pass.gradients };
  });
}

function byModelPath(params: Variables<Values>): Variables<Values> {
  return Object.fromEntries(Object.entries(params).map(([path, values]) => [modelPath(path), values]));
}

function tensors(params: Variables<Values>): Readonly<Record<string, Tensor>> {
  return Object.fromEntries(Object.entries(params).map(([path, values]) => [path, toTensor(values)]));
}

/** The kernel of a 1×1 convolution that changes nothing, to the bit. */
function identity(channels: number): Variables<Values> {
  const data = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++) data[c * channels + c] = 1;
  return { 'conv/kernel': { data, shape: [1, 1, channels, channels] } };
}
