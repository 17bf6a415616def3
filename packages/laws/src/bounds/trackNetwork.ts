import { convolutionPath, type Network } from '../network.js';
import type { Variables } from '../variables.js';
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

/** A network's logits, and the outputs of its blocks for the way back. */
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
  roundoff: number,
): TrackedForward {
  const blocks: Block[] = [];
  let input = images;
  for (const index of network.channels.keys()) {
    const z = trackLinear(input, params[convolutionPath(index)]!, roundoff);
    const norm = trackStandardize(z, network.epsilon, roundoff);
    const output = network.activation === 'relu' ? trackRelu(norm.y) : trackTanh(norm.y, roundoff);
    blocks.push({ input, norm, output });
    input = output;
  }
  const pooled = trackGlobalPool(input, roundoff);
  const logits = trackBias(trackLinear(pooled, params.head!, roundoff), params.headBias!, roundoff);
  return { blocks, pooled, logits };
}

/** The training loss of a {@link Network} and the gradients of all its variables. */
export function trackNetwork(
  network: Network,
  params: Variables<Tracked>,
  batch: { readonly images: Tracked; readonly labels: readonly number[] },
  roundoff: number,
): TrackedLoss & { readonly gradients: Variables<Tracked> } {
  const { blocks, pooled, logits } = trackForward(network, params, batch.images, roundoff);
  const loss = trackCrossEntropy(logits, batch.labels, roundoff);
  const gradients: Record<string, Tracked> = {
    head: trackKernelGradient(pooled, loss.gradient, params.head!.shape, roundoff),
    headBias: trackBiasGradient(loss.gradient, roundoff),
  };
  const lastOutput = blocks[blocks.length - 1]!.output;
  let back = trackGlobalPoolGradient(
    trackInputGradient(params.head!, loss.gradient, pooled.shape, roundoff),
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
    gradients[convolutionPath(index)] = trackKernelGradient(input, dz, kernel.shape, roundoff);
    if (index > 0) back = trackInputGradient(kernel, dz, input.shape, roundoff);
  }
  return { ...loss, gradients };
}
