import type { LayerSpec } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { type NetworkOptions, parts } from './networkOptions.js';
import { readSpec } from './parseSpec.js';
import { checkPlacement, placeNormsIn } from './placeNorms.js';

export type NinOptions = NetworkOptions & {
  /** The drop rate of both dropout layers; 0.5 by default. */
  readonly dropRate?: number;
};

/**
 * Network in Network (Lin, Chen & Yan 2013) for CIFAR, with a norm after every convolution: 5×5·192, 1×1·160,
 * 1×1·96, max pool 3/2, dropout; 5×5·192, 1×1·192, 1×1·192, average pool 3/2, dropout; 3×3·192, 1×1·192, 1×1·K; mean
 * over the image. The pools are in ceil mode (32 → 16 → 8).
 *
 * Layers are named `conv1`, `norm1`, `act1` to `conv9`, `norm9`, `act9`, and `pool1`, `drop1`, `pool2`, `drop2`,
 * `pool`. Input 32×32×3 by default.
 *
 * @throws OptionError for an unknown option value; SpecError for sizes with which the network cannot be built
 */
export function nin({
  classes = 10,
  norm = 'bn',
  dropRate = 0.5,
  input = [32, 32, 3],
  ...others
}: NinOptions = {}): ModelSpec {
  const part = parts('nin', { classes, ...others }, ['dropRate']);
  const block = (first: number, kernel: number, channels: readonly [number, number, number]): LayerSpec[] =>
    channels.flatMap((each, index) => {
      const number = first + index;
      return [
        part.conv(`conv${number}`, each, index === 0 ? kernel : 1),
        part.norm(`norm${number}`, each),
        part.activation(`act${number}`),
      ];
    });
  const shrink = (number: number, kind: 'max' | 'average'): LayerSpec[] => [
    { type: 'pool', name: `pool${number}`, kind, size: 3, stride: 2, padding: 'ceil' },
    { type: 'dropout', name: `drop${number}`, dropRate },
  ];
  const wide = part.scaled(192);
  const layers: LayerSpec[] = [
    ...block(1, 5, [wide, part.scaled(160), part.scaled(96)]),
    ...shrink(1, 'max'),
    ...block(4, 5, [wide, wide, wide]),
    ...shrink(2, 'average'),
    ...block(7, 3, [wide, wide, classes]),
    { type: 'globalPool', name: 'pool' },
  ];
  const read = readSpec('nin', { name: 'nin', input, classes, layers });
  return placeNormsIn('nin', read, checkPlacement('nin', norm, 'norm'));
}
