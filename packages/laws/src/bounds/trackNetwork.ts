import { convolutionPath, type Network } from '../network.js';
import type { Precision } from '../subject.js';
import type { Variables } from '../values.js';
import { roundoffOf } from './roundoff.js';
import {
  trackGlobalPool,
  trackGlobalPoolGradient,
  trackRelu,
  trackReluGradient,
  trackTanh,
  trackTanhGradient,
} from './trackActivation.js';
import { type TrackedLoss, trackCrossEntropy } from './trackCrossEntropy.js';
import type { Tracked } from './tracked.js';
import {
  trackBias,
  trackBiasGradient,
  trackInputGradient,
  trackKernelGradient,
  trackLinear,
} from './trackLinear.js';
import { type TrackedStandardization, trackStandardize } from './trackStandardize.js';
import { trackStandardizeGradient } from './trackStandardizeGradient.js';

type Block = { readonly input: Tracked; readonly norm: TrackedStandardization; readonly output: Tracked };

/** A network's logits, and the outputs of its blocks for the backward pass. */
export type TrackedForward = {
  readonly blocks: readonly Block[];
  readonly pooled: Tracked;
  readonly logits: Tracked;
};

/** The logits of a {@link Network} in training. */
export function trackForward(
  network: Network,
  params: Variables<Tracked>,
  images: Tracked,
  precision: Precision,
): TrackedForward {
  const roundoff = roundoffOf(precision);
  const blocks: Block[] = [];
  let input = images;
  for (const index of network.channels.keys()) {
    const z = trackLinear(input, params[convolutionPath(index)]!, precision);
    const norm = trackStandardize(z, network.epsilon, roundoff);
    const output = network.activation === 'relu' ? trackRelu(norm.y) : trackTanh(norm.y, roundoff);
    blocks.push({ input, norm, output });
    input = output;
  }
  const pooled = trackGlobalPool(input, roundoff);
  const logits = trackBias(trackLinear(pooled, params.head!, precision), params.headBias!, roundoff);
  return { blocks, pooled, logits };
}

/** The training loss of a {@link Network} and the gradients of all its variables. */
export function trackNetwork(
  network: Network,
  params: Variables<Tracked>,
  batch: { readonly images: Tracked; readonly labels: readonly number[] },
  precision: Precision,
): TrackedLoss & { readonly gradients: Variables<Tracked> } {
  const roundoff = roundoffOf(precision);
  const { blocks, pooled, logits } = trackForward(network, params, batch.images, precision);
  const loss = trackCrossEntropy(logits, batch.labels, roundoff);
  const gradients: Record<string, Tracked> = {
    head: trackKernelGradient(pooled, loss.gradient, params.head!.shape, precision),
    headBias: trackBiasGradient(loss.gradient, roundoff),
  };
  const lastOutput = blocks[blocks.length - 1]!.output;
  let back = trackGlobalPoolGradient(
    trackInputGradient(params.head!, loss.gradient, pooled.shape, precision),
    lastOutput.shape,
    roundoff,
  );
  for (let index = blocks.length - 1; index >= 0; index--) {
    const { input, norm, output } = blocks[index]!;
    const kernel = params[convolutionPath(index)]!;
    const dy =
      network.activation === 'relu'
        ? trackReluGradient(norm.y, back)
        : trackTanhGradient(output, back, roundoff);
    const dz = trackStandardizeGradient(dy, norm, roundoff);
    gradients[convolutionPath(index)] = trackKernelGradient(input, dz, kernel.shape, precision);
    if (index > 0) back = trackInputGradient(kernel, dz, input.shape, precision);
  }
  return { ...loss, gradients };
}
