import { nameHint, OptionError } from '@normlab/errors';
import type { LayerSpec } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { type NetworkOptions, parts } from './networkOptions.js';
import { readSpec } from './parseSpec.js';
import { checkPlacement, placeNormsIn } from './placeNorms.js';

export type AllCnnOptions = NetworkOptions & {
  /**
   * The head: `conv`, where the last conv has one channel per class (default), or `dense`, where it has 10 channels,
   * followed by a fully connected layer from 10 to K after the global pool.
   */
  readonly head?: 'conv' | 'dense';
};

const heads = ['conv', 'dense'];

/**
 * ALL-CNN as in the paper's Table 1: nine 3×3 convolutions, 96 96 96/2 192 192 192/2 192 192 K, each followed by
 * norm and activation (the ninth too), then the mean over the image.
 *
 * Layers are named `conv1`, `norm1`, `act1` to `conv9`, `norm9`, `act9`, `pool`, and `dense` with that head. Input
 * 24×24×3 by default; any size of 1×1 or more works.
 *
 * @throws OptionError for an unknown option value; SpecError for sizes with which the network cannot be built
 */
export function allCnn({
  classes = 10,
  norm = 'bn',
  head = 'conv',
  input = [24, 24, 3],
  ...others
}: AllCnnOptions = {}): ModelSpec {
  if (!heads.includes(head)) {
    const hint = nameHint(head, heads);
    throw new OptionError({ where: 'allCnn', what: 'head', rule: 'be "conv" or "dense"', got: head, hint });
  }
  const part = parts('allCnn', { classes, ...others }, ['head']);
  const narrow = part.scaled(96);
  const wide = part.scaled(192);
  const last = head === 'conv' ? classes : 10;
  const channels = [narrow, narrow, narrow, wide, wide, wide, wide, wide, last];
  const layers = channels.flatMap((each, index): LayerSpec[] => {
    const number = index + 1;
    return [
      part.conv(`conv${number}`, each, 3, number === 3 || number === 6 ? 2 : 1),
      part.norm(`norm${number}`, each),
      part.activation(`act${number}`),
    ];
  });
  layers.push({ type: 'globalPool', name: 'pool' });
  if (head === 'dense') layers.push({ type: 'dense', name: 'dense', units: classes, bias: true });
  const read = readSpec('allCnn', { name: 'all-cnn', input, classes, layers });
  return placeNormsIn('allCnn', read, checkPlacement('allCnn', norm, 'norm'));
}
