/**
 * The small networks of the laws: 3×3 SAME convolutions without bias, each followed by
 * BN_{1,0} and an activation; then the mean over H and W; then a dense layer with bias.
 *
 * Its variables are `conv1`, `conv2`, … [3, 3, in, out], `head` [C, K] and `headBias` [K].
 */
export type Network = {
  /** [H, W, C] */
  readonly input: readonly [number, number, number];
  /** Output channels of the convolutions. */
  readonly channels: readonly number[];
  /** K */
  readonly classes: number;
  readonly activation: 'relu' | 'tanh';
  readonly epsilon: number;
};

/** The shapes of a network's variables by path, in order. */
export function parameterShapes(network: Network): Readonly<Record<string, readonly number[]>> {
  const shapes: Record<string, readonly number[]> = {};
  let inputs = network.input[2];
  for (const [index, outputs] of network.channels.entries()) {
    shapes[convolutionPath(index)] = [3, 3, inputs, outputs];
    inputs = outputs;
  }
  return { ...shapes, head: [inputs, network.classes], headBias: [network.classes] };
}

/** The path of the kernel of the `index`-th convolution, from 0. */
export function convolutionPath(index: number): string {
  return `conv${index + 1}`;
}
