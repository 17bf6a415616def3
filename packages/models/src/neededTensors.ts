import type { LayerSpec } from './modelSpec.js';
import { poolLength } from './poolLength.js';

/** Most numbers that a tensor of a network may hold: float32 in the 4 GiB that WebAssembly can address. */
export const largestTensor = 2 ** 30;

/** How many numbers a layer's variable, its output for one example and what it pads its input to would hold. */
export function neededTensors(
  layer: LayerSpec,
  stride: number,
  input: readonly number[],
  output: readonly number[],
): { readonly what: string; readonly numbers: number }[] {
  const channels = input.at(-1)!;
  const needed = [{ what: 'output', numbers: sizeOf(output) }];
  if (layer.type === 'dense') needed.push({ what: 'kernel', numbers: channels * layer.units });
  if (layer.type === 'conv') {
    needed.push({ what: 'kernel', numbers: layer.kernel ** 2 * channels * layer.channels });
    needed.push({ what: 'padded input', numbers: padded(input, layer.kernel, stride, layer.padding) });
  }
  if (layer.type === 'pool') {
    needed.push({ what: 'padded input', numbers: padded(input, layer.size, stride, layer.padding) });
  }
  if (layer.type === 'residual') {
    needed.push({ what: 'padded input', numbers: padded(input, stride, stride, 'ceil') });
  }
  return needed;
}

/** Product of the lengths of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function padded(
  [height = 1, width = 1, channels = 1]: readonly number[],
  size: number,
  stride: number,
  padding: 'same' | 'valid' | 'ceil',
): number {
  const [down, across] = [height, width].map((length) => {
    const { before, after } = poolLength(length, size, stride, padding);
    return before + length + after;
  });
  return down! * across! * channels;
}
