import { poolLength } from '../poolLength.js';
import type { Fault, FeatureShape } from './layerType.js';

type Windows = { readonly stride: number; readonly padding: 'same' | 'valid' | 'ceil' };

/** [H, W, C] of a layer's input; a fault if the input is not an image. */
export function imageShape(
  { layer, input }: { readonly layer: { readonly type: string }; readonly input: FeatureShape },
  fault: Fault,
): readonly [number, number, number] {
  if (input.length === 3) return [input[0]!, input[1]!, input[2]!];
  const rule = `follow a layer whose output is an image [H, W, C], the input of a ${layer.type} layer`;
  fault('', rule, input);
  return [1, 1, input[0]!];
}

/** [OH, OW]: how many windows of a convolution or pool fit; a fault if not even one fits. */
export function windowsOf(
  { stride, padding }: Windows,
  { size, key }: { readonly size: number; readonly key: string },
  [height, width]: FeatureShape,
  fault: Fault,
): [number, number] {
  const shorter = Math.min(height!, width!);
  if (padding === 'valid' && size > shorter) {
    fault(key, `be at most ${shorter}, since its input image is ${height}×${width}`, size);
    return [1, 1];
  }
  return [
    poolLength(height!, size, stride, padding).length,
    poolLength(width!, size, stride, padding).length,
  ];
}

/** The number of values of an image including the padding for windows of that size. */
export function paddedSize(
  [height = 1, width = 1, channels = 1]: FeatureShape,
  size: number,
  { stride, padding }: Windows,
): number {
  const [down, across] = [height, width].map((length) => {
    const { before, after } = poolLength(length, size, stride, padding);
    return before + length + after;
  });
  return down! * across! * channels;
}
