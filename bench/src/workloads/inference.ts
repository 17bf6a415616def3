import { allCnn, buildModel, foldNorms } from '@normlab/models';
import { dispose, tensor4d, tidy } from '@tensorflow/tfjs-core';
import type { Prepared } from '../peers/answering.js';
import type { InferenceWorkload } from '../workload.js';
import { normals } from './inputs.js';

/** ALL-CNN with batch norm, its norms folded into the convolutions; from arrays of images to the logits as an array. */
export function prepareInference({ width, batch }: InferenceWorkload): Prepared {
  const { spec, variables } = foldedAllCnn(width);
  const model = buildModel(spec);
  const [height, width_, channels] = spec.input;
  const shape: [number, number, number, number] = [batch, height, width_, channels];
  const images = normals(batch * height * width_ * channels, 'images');
  return {
    once: async () => {
      const logits = tidy(() => model.applyInfer(variables.params, variables.stats, tensor4d(images, shape)));
      await logits.data();
      logits.dispose();
    },
    release: () => dispose(variables),
  };
}

/** A new network, folded: the caller disposes its variables. */
export function foldedAllCnn(width: number) {
  const spec = allCnn({ width, norm: 'bn' });
  const variables = buildModel(spec).init(1);
  const folded = foldNorms(spec, variables.params, variables.stats);
  dispose(variables);
  return { spec: folded.spec, variables: { params: folded.params, stats: folded.stats } };
}
