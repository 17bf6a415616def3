import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { getBackend, setBackend, type Tensor, tensor } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

/** What a page of TensorFlow.js alone makes of the files of a graph model. */
async function predict({
  model,
  images,
  shape,
}: {
  readonly model: string;
  readonly images: readonly number[];
  readonly shape: readonly number[];
}): Promise<{ readonly backend: string; readonly logits: readonly number[] }> {
  await setBackend('cpu');
  const graph = await loadGraphModel(model);
  const logits = graph.predict(tensor([...images], [...shape])) as Tensor;
  return { backend: getBackend(), logits: [...(await logits.data())] };
}

Object.assign(globalThis, { predict, ready: true });
