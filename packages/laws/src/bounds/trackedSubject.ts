import type { Network } from '../network.js';
import type { LabelledBatch, Normalizes, Operations, Precision } from '../subject.js';
import { channelsOf, mapRecord, type Variables } from '../values.js';
import { roundoffOf } from './roundoff.js';
import { trackGlobalPool, trackRelu, trackTanh } from './trackActivation.js';
import { trackAffine, trackInference, trackScaled, trackScaleGradient } from './trackAffine.js';
import { trackCrossEntropy } from './trackCrossEntropy.js';
import { type Tracked, trackedBy } from './tracked.js';
import { trackFold } from './trackFold.js';
import {
  trackBias,
  trackBiasGradient,
  trackInputGradient,
  trackKernelGradient,
  trackLinear,
} from './trackLinear.js';
import { trackForward, trackNetwork } from './trackNetwork.js';
import { trackNorm } from './trackNorm.js';
import { trackPointwise } from './trackPointwise.js';
import { trackStandardize } from './trackStandardize.js';
import { trackStandardizeGradient } from './trackStandardizeGradient.js';
import { trackMoved, trackSgd } from './trackUpdates.js';

/** The operations in float64, each value with the largest error that a subject of this precision may have. */
export type TrackedSubject = {
  readonly [Name in keyof Operations<Tracked>]: (
    ...given: Parameters<Operations<Tracked>[Name]>
  ) => Awaited<ReturnType<Operations<Tracked>[Name]>>;
};

/**
 * The reference for every subject: all operations in exact arithmetic (float64 is taken as exact), with the largest
 * error of every value. The derivations are with the functions that it calls.
 */
export function trackedSubject(precision: Precision & Normalizes): TrackedSubject {
  const u = roundoffOf(precision);
  const layer = (input: Tracked, kernel: Tracked, bias: Tracked, epsilon: number) =>
    trackNorm(trackBias(trackLinear(input, kernel, precision), bias, u), epsilon, u, precision);
  const headLoss = (z: Tracked, labels: readonly number[]) =>
    scalar(trackCrossEntropy(trackGlobalPool(z, u), labels, u));
  return {
    standardize: (x, epsilon) => trackNorm(x, epsilon, u, precision).y,
    standardizeGradient: (x, dy, epsilon) => trackNorm(x, epsilon, u, precision).gradient(dy),
    statistics: (x) => statisticsOf(x, u),
    normalizedLayer: (...given) => layer(...given).y,
    normalizedLayerGradient(input, kernel, bias, dy, epsilon) {
      const dz = layer(input, kernel, bias, epsilon).gradient(dy);
      return {
        u: trackInputGradient(kernel, dz, input.shape, precision),
        kernel: trackKernelGradient(input, dz, kernel.shape, precision),
        bias: trackBiasGradient(dz, u),
      };
    },
    batchNorm: (x, { scale, offset }, epsilon) =>
      trackAffine(trackStandardize(x, epsilon, u).y, scale, offset, u),
    batchNormGradient(x, { scale }, dy, epsilon) {
      const norm = trackStandardize(x, epsilon, u);
      return {
        x: trackStandardizeGradient(trackScaled(dy, scale, u), norm, u),
        scale: trackScaleGradient(dy, norm.y, channelsOf(x.shape), u),
        offset: trackBiasGradient(dy, u),
      };
    },
    moveStatistics(x, old, decay) {
      const batch = statisticsOf(x, u);
      return mapRecord(old, (before, key) => trackMoved(before, batch[key], decay, u));
    },
    statisticsGradient: (x) =>
      trackedBy(
        x.shape,
        () => 0,
        () => 0,
        1,
      ),
    batchNormInfer: (x, affine, statistics, epsilon) => trackInference(x, affine, statistics, epsilon, u),
    linear: (input, kernel, bias) => trackBias(trackLinear(input, kernel, precision), bias, u),
    fold: (kernel, bias, affine, statistics, epsilon) =>
      trackFold(kernel, bias, affine, statistics, epsilon, u),
    activatedLayer(x, { scale, offset }, nonlinearity, kernel, epsilon) {
      const y = trackAffine(trackStandardize(x, epsilon, u).y, scale, offset, u);
      return trackLinear(trackPointwise(y, nonlinearity, u), kernel, precision);
    },
    reluHeadLoss: (z, labels, epsilon) => headLoss(trackRelu(trackStandardize(z, epsilon, u).y), labels),
    tanhHeadLoss: (z, labels) => headLoss(trackTanh(z, u), labels),
    lossAndGradients(network: Network, params: Variables<Tracked>, batch: LabelledBatch<Tracked>) {
      const tracked = trackNetwork(network, params, batch, precision);
      return { loss: scalar(tracked), gradients: tracked.gradients };
    },
    logits: (network, params, images) => trackForward(network, params, images, precision).logits,
    sgdStep({ params, velocity }, gradients, options) {
      const steps = mapRecord(params, (w, path) =>
        trackSgd(w, velocity[path]!, gradients[path]!, options, u),
      );
      return {
        params: mapRecord(steps, (step) => step.param),
        velocity: mapRecord(steps, (step) => step.velocity),
      };
    },
  };
}

/** Mean and variance of a batch, computed with ε = 1, for which the standardization of any batch has a finite bound. */
function statisticsOf(x: Tracked, u: number) {
  const { mean, variance } = trackStandardize(x, 1, u);
  return { mean, variance };
}

function scalar({ loss, lossError }: { readonly loss: number; readonly lossError: number }): Tracked {
  return { shape: [], value: Float64Array.of(loss), error: Float64Array.of(lossError), size: loss };
}
