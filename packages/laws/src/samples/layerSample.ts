import type { Values } from '../values.js';
import { normalValues } from './batchSample.js';

/** A dense or convolutional layer with its input, and a law's a and b. */
export type LayerSample = {
  readonly kind: 'dense' | 'conv';
  /** N */
  readonly batch: number;
  /** H = W of a convolution's input; a dense layer has none. */
  readonly size: number;
  /** D, input channels. */
  readonly inputs: number;
  /** C, output channels. */
  readonly outputs: number;
  /** k of a k×k convolution: 1, 3 or 5. */
  readonly kernelSize: number;
  /** Standard deviation of u. */
  readonly inputScale: number;
  /** Mean of u in units of its standard deviation. */
  readonly inputMean: number;
  /** Standard deviation of W·√(fan-in). */
  readonly kernelScale: number;
  readonly a: number;
  /** In units of |a|·kernelScale·inputScale. */
  readonly b: number;
  readonly epsilon: number;
  readonly seed: number;
};

/** The input, kernel, cotangent of the output, and the shape of the output of a layer sample. */
export type Layer = { readonly u: Values; readonly kernel: Values; readonly dy: Values };

/** The layer that a sample describes. */
export function layerOf(sample: LayerSample): Layer {
  const { kind, batch, size, inputs, outputs, kernelSize, inputScale, inputMean, kernelScale, seed } = sample;
  const dense = kind === 'dense';
  const fanIn = dense ? inputs : kernelSize * kernelSize * inputs;
  const space = dense ? [batch] : [batch, size, size];
  return {
    u: normalValues([...space, inputs], seed, 'u', { mean: inputMean * inputScale, deviation: inputScale }),
    kernel: normalValues(
      dense ? [inputs, outputs] : [kernelSize, kernelSize, inputs, outputs],
      seed,
      'kernel',
      { deviation: kernelScale / Math.sqrt(fanIn) },
    ),
    dy: normalValues([...space, outputs], seed, 'dy'),
  };
}
