import { buildModel, type ModelSpec } from '@normlab/models';
import { crossEntropy, lossAndGradients, sgd } from '@normlab/train';
import { dispose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { parameterShapes } from '../network.js';
import type { Head, LabelledBatch, NetworkOutput, NetworkSubject, SgdSubject } from '../subject.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import type { Values } from '../values.js';
import type { Variables } from '../variables.js';
import { pick } from '../variables.js';
import { modelPath, reluHeadSpec, specOf, tanhHeadSpec } from './modelSpecs.js';

/** `@normlab/models` and `@normlab/train` as laws see them: networks, their loss and gradients, and SGD. */
export const modelSubject: NetworkSubject & NetworkOutput & Head & SgdSubject = {
  async lossAndGradients(network, params, batch) {
    const results = await trainingPass(specOf(network), rename(params, modelPath), batch);
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
      return { logits: model.applyTrain(tensors(rename(params, modelPath)), stats, x, { seed: 0 }).logits };
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

  async sgdStep({ params, velocity }, gradients, { learningRate, weightDecay, momentum }) {
    const optimizer = sgd({ learningRate: () => learningRate, momentum, l2: weightDecay });
    const moves = momentum > 0;
    const stepped = await readBack(() => {
      const state = moves ? tensors(rename(velocity, velocityPath)) : {};
      const next = optimizer.update(tensors(gradients), state, tensors(params), 0);
      return { ...next.params, ...next.state };
    });
    const paths = Object.keys(params);
    return {
      params: pick(stepped, paths),
      velocity: moves
        ? Object.fromEntries(paths.map((path) => [path, stepped[velocityPath(path)]!]))
        : velocity,
    };
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

function rename(values: Variables<Values>, name: (path: string) => string): Variables<Values> {
  return Object.fromEntries(Object.entries(values).map(([path, each]) => [name(path), each]));
}

function velocityPath(path: string): string {
  return `${path}/velocity`;
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
