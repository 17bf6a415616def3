import { buildModel, type ModelSpec } from '@normlab/models';
import { crossEntropy, lossAndGradients, sgd } from '@normlab/train';
import { dispose, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core';
import { parameterShapes } from '../network.js';
import type { LabelledBatch, Subject } from '../subject.js';
import { readBack, toTensor } from '../tensors/transfer.js';
import { mapRecord, type Values, type Variables } from '../values.js';
import { modelPath, reluHeadSpec, specOf, tanhHeadSpec } from './modelSpecs.js';

/** `@normlab/models` and `@normlab/train` as a subject: networks, their loss and gradients, and SGD. */
export const modelSubject: Subject<
  'lossAndGradients' | 'logits' | 'reluHeadLoss' | 'tanhHeadLoss' | 'sgdStep'
> = {
  async lossAndGradients(network, params, batch) {
    const { loss, gradients } = await trainingPass(specOf(network), rename(params, modelPath), batch);
    return { loss, gradients: mapRecord(parameterShapes(network), (_, path) => gradients[modelPath(path)]!) };
  },

  logits(network, params, images) {
    const model = buildModel(specOf(network));
    return readBack(() => {
      const x = toTensor(images) as Tensor4D;
      return model.applyTrain(tensors(rename(params, modelPath)), model.init(0).stats, x, { seed: 0 }).logits;
    });
  },

  reluHeadLoss: (z, labels, epsilon) => headLoss((...side) => reluHeadSpec(...side, epsilon), z, labels),

  tanhHeadLoss: (z, labels) => headLoss(tanhHeadSpec, z, labels),

  async sgdStep({ params, velocity }, gradients, { learningRate, weightDecay, momentum }) {
    const optimizer = sgd({ learningRate: () => learningRate, momentum, l2: weightDecay });
    const moves = momentum > 0;
    const stepped = await readBack(() => {
      const state = moves ? tensors(rename(velocity, velocityPath)) : {};
      const next = optimizer.update(tensors(gradients), state, tensors(params), 0);
      return { ...next.params, ...next.state };
    });
    return {
      params: mapRecord(params, (_, path) => stepped[path]!),
      velocity: moves ? mapRecord(params, (_, path) => stepped[velocityPath(path)]!) : velocity,
    };
  },
};

/** The loss, and the gradients by the model's paths. */
async function trainingPass(
  spec: ModelSpec,
  params: Variables<Values>,
  { images, labels }: LabelledBatch,
): Promise<{ loss: number; gradients: Variables<Values> }> {
  const model = buildModel(spec);
  const { loss, gradients } = await readBack(() => {
    const { stats } = model.init(0);
    const batch = {
      images: Float32Array.from(images.data),
      labels: Int32Array.from(labels),
      shape: images.shape as [number, number, number, number],
    };
    const state = { params: tensors(params), stats };
    const pass = lossAndGradients(model, crossEntropy, state, batch, { seed: 0 });
    dispose([pass.stats, pass.correct]);
    return { loss: pass.loss, gradients: pass.gradients };
  });
  return { loss: loss.data[0]!, gradients };
}

/** The loss of a last layer whose output is z. */
async function headLoss(
  spec: (size: number, classes: number) => ModelSpec,
  z: Values,
  labels: readonly number[],
): Promise<number> {
  const [, size, , classes] = z.shape as [number, number, number, number];
  return (await trainingPass(spec(size, classes), identity(classes), { images: z, labels })).loss;
}

function rename(values: Variables<Values>, name: (path: string) => string): Variables<Values> {
  return Object.fromEntries(Object.entries(values).map(([path, each]) => [name(path), each]));
}

function velocityPath(path: string): string {
  return `${path}/velocity`;
}

function tensors(params: Variables<Values>): Variables<Tensor> {
  return mapRecord(params, toTensor);
}

/** The kernel of a 1×1 convolution that returns its input bit for bit. */
function identity(channels: number): Variables<Values> {
  const data = new Float32Array(channels * channels);
  for (let c = 0; c < channels; c++) data[c * channels + c] = 1;
  return { 'conv/kernel': { data, shape: [1, 1, channels, channels] } };
}
