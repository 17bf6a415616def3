import { nameHint, OptionError } from '@normlab/errors';
import type { LayerSpec } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { type NetworkOptions, type Parts, parts } from './networkOptions.js';
import { readSpec } from './parseSpec.js';
import { placeNormsIn } from './placeNorms.js';

/** Where a residual block has its norms: before its convolutions (v2, He et al. 2016) or after them (v1). */
export type BlockKind = 'pre-activation' | 'post-activation';

export type ResnetOptions = NetworkOptions & {
  /**
   * Convolutions and the dense layer: 9n + 2 for three stages of n blocks (29, 38, 47, …), or 50, 101 or 152 for the
   * four stages that these have on ImageNet. 29 by default.
   */
  readonly depth?: number;
  /** `pre-activation` by default. */
  readonly block?: BlockKind;
};

const blocks: readonly BlockKind[] = ['pre-activation', 'post-activation'];

/** A thousand blocks a stage; the deepest ResNet that was published for CIFAR has 1202 layers. */
const deepest = 9002;

/** Blocks a stage of the four-stage networks (He et al. 2015, Table 1). */
const fourStages: Readonly<Record<number, readonly number[]>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/**
 * Bottleneck ResNet for CIFAR, as the parameter counts of the paper's Table 4 give it away: a 3×3·64 stem without
 * pool; stages of w = 64, 128, 256 (, 512) with blocks 1×1·w, 3×3·w, 1×1·4w, the 3×3 of every stage but the first
 * beginning with stride 2; shortcuts without parameters; mean over the picture; a dense head with bias.
 *
 * `pre-activation`: norm and activation stand before each convolution of a block. The first block of the net takes
 * those of the stem, and a final norm and activation follow the last block. `post-activation`: they stand behind each
 * convolution, the block's last activation behind the addition.
 *
 * Layers are called `stem/conv`, `stage1/block1/conv1`, …, `dense`; in a pre-activation block `norm0` and `act0` come
 * first, and the final ones are `final/norm` and `final/act`. Input 32×32×3 by default.
 *
 * @throws OptionError for an unknown option value; SpecError for sizes that give no network
 */
export function resnet({
  depth = 29,
  block = 'pre-activation',
  classes = 10,
  norm = 'bn',
  input = [32, 32, 3],
  ...others
}: ResnetOptions = {}): ModelSpec {
  if (!blocks.includes(block)) {
    const rule = 'be "pre-activation" or "post-activation"';
    throw new OptionError({
      where: 'resnet',
      what: 'block',
      rule,
      got: block,
      hint: nameHint(block, blocks),
    });
  }
  const part = parts('resnet', { classes, ...others });
  const preActivation = block === 'pre-activation';
  const bottleneck = preActivation ? preActivationBlock : postActivationBlock;
  const layers: LayerSpec[] = [
    part.conv('stem/conv', part.scaled(64), 3),
    part.norm('stem/norm'),
    part.activation('stem/act'),
    ...blocksPerStage(depth).flatMap((count, stage) =>
      Array.from({ length: count }, (_, index) =>
        bottleneck(part, {
          name: `stage${stage + 1}/block${index + 1}`,
          width: part.scaled(64 * 2 ** stage),
          stride: stage > 0 && index === 0 ? 2 : 1,
          isFirst: stage === 0 && index === 0,
        }),
      ).flat(),
    ),
    ...(preActivation ? [part.norm('final/norm'), part.activation('final/act')] : []),
    { type: 'globalPool', name: 'pool' },
    { type: 'dense', name: 'dense', units: classes, bias: true },
  ];
  const name = preActivation ? `resnet-${depth}` : `resnet-${depth}-post-activation`;
  return placeNormsIn(readSpec('resnet', { name, input, classes, layers }), norm);
}

type Bottleneck = {
  readonly name: string;
  /** Channels inside; four times as many leave. */
  readonly width: number;
  readonly stride: number;
  readonly isFirst: boolean;
};

function preActivationBlock(part: Parts, { name, width, stride, isFirst }: Bottleneck): LayerSpec[] {
  const layers = [
    ...(isFirst ? [] : [part.norm('norm0'), part.activation('act0')]),
    part.conv('conv1', width, 1),
    part.norm('norm1'),
    part.activation('act1'),
    part.conv('conv2', width, 3, stride),
    part.norm('norm2'),
    part.activation('act2'),
    part.conv('conv3', 4 * width, 1),
  ];
  return [{ type: 'residual', name, layers }];
}

function postActivationBlock(part: Parts, { name, width, stride }: Bottleneck): LayerSpec[] {
  const layers = [
    part.conv('conv1', width, 1),
    part.norm('norm1'),
    part.activation('act1'),
    part.conv('conv2', width, 3, stride),
    part.norm('norm2'),
    part.activation('act2'),
    part.conv('conv3', 4 * width, 1),
    part.norm('norm3'),
  ];
  return [{ type: 'residual', name, layers }, part.activation(`${name}/act3`)];
}

function blocksPerStage(depth: number): readonly number[] {
  const listed = fourStages[depth];
  if (listed !== undefined) return listed;
  const blocksEach = (depth - 2) / 9;
  if (Number.isInteger(blocksEach) && blocksEach > 0 && depth <= deepest) {
    return [blocksEach, blocksEach, blocksEach];
  }
  const rule = `be 9n + 2 (11, 20, 29, …) up to ${deepest}, or one of 50, 101, 152`;
  throw new OptionError({ where: 'resnet', what: 'depth', rule, got: depth });
}
