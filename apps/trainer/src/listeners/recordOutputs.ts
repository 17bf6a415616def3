import type { Batch } from '@normlab/datasets';
import { distributionShape, type Recording } from '@normlab/experiments';
import { type Model, type ModelSpec, mapLayers, summarize } from '@normlab/models';
import { dispose, tensor4d } from '@tensorflow/tfjs-core';
import type { RecordingsFile } from '../runFolder/recordingsFile.js';
import { allFinite } from './allFinite.js';
import { binned } from './binned.js';
import type { Listener } from './listener.js';

export type RecordOutputsOptions = {
  readonly model: Model;
  /** The images whose outputs are recorded: the same at each checkpoint. */
  readonly batch: Batch;
  /** Dropout of the recorded pass derives from it. */
  readonly seed: number;
};

/**
 * Records at each checkpoint what the layers of {@link recordedLayers} give for one batch, as in training: with the
 * batch's own statistics, before the activation (Figure 3). Histogram, moments and the distance to a normal distribution
 * are over all images, pixels and channels of a layer. A layer with an output that is not finite is left out.
 *
 * The pass changes no variable. It costs a forward pass of the batch per {@link mostNumbers} outputs, and sorting them.
 */
export function recordOutputs(file: RecordingsFile, { model, batch, seed }: RecordOutputsOptions): Listener {
  const groups = grouped(model.spec, batch.shape[0]);
  return async (event) => {
    // A state that still owed its evaluation comes a second time.
    if (event.type !== 'checkpoint' || event.step === file.last('output')) return;
    const { params, stats } = event.state;
    const lines: Recording[] = [];
    for (const taps of groups) {
      const x = tensor4d(batch.images, [...batch.shape]);
      const outputs = model.applyWith(params, stats, x, { seed, taps });
      try {
        for (const layer of taps) {
          const values = await outputs.taps[layer]!.data();
          if (!allFinite(values)) continue;
          lines.push({
            type: 'output',
            step: event.step,
            layer,
            ...distributionShape(values),
            ...binned(values, outputBins),
          });
        }
      } finally {
        dispose([x, outputs]);
      }
    }
    file.write(lines);
  };
}

/** Fine enough to tell a normal distribution from one with heavy tails. */
const outputBins = 60;

/**
 * Paths of the layers whose outputs are recorded, in the order of the network: every norm, and a convolution or dense
 * layer whose output goes into an activation without a norm.
 */
export function recordedLayers({ layers }: ModelSpec): string[] {
  const paths: string[] = [];
  mapLayers(layers, (layer, { path, next }) => {
    const isLinear = layer.type === 'conv' || layer.type === 'dense';
    if (layer.type === 'norm' || (isLinear && next?.type === 'activation')) paths.push(path);
    return [layer];
  });
  return paths;
}

/** Outputs of at most so many numbers are in memory at a time (128 MiB), or those of one layer. */
const mostNumbers = 2 ** 25;

/** The recorded layers in groups, one per pass. */
function grouped(spec: ModelSpec, images: number): string[][] {
  const sizes = new Map(
    summarize(spec).map(({ layer, output }) => [layer, images * output.reduce((all, each) => all * each, 1)]),
  );
  const groups: string[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  for (const layer of recordedLayers(spec)) {
    const size = sizes.get(layer)!;
    if (filled + size > mostNumbers) {
      groups.push([]);
      filled = 0;
    }
    groups.at(-1)!.push(layer);
    filled += size;
  }
  return groups;
}
