import { nameHint, OptionError } from '@normlab/errors';
import type { LayerSpec } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { type NetworkOptions, type Parts, parts } from './networkOptions.js';
import { readSpec } from './parseSpec.js';
import { checkPlacement, placeNormsIn } from './placeNorms.js';

/** The place of the norms in a residual block: before its convolutions (v2, He et al. 2016) or after them (v1). */
export type BlockKind = (typeof blockKinds)[number];

/**
 * How a shortcut changes its shape: with an average pool and zero channels, or, as in standard ResNets, with a learned
 * 1×1 convolution (option B of He et al. 2015, §4.1).
 */
export type ShortcutKind = (typeof shortcutKinds)[number];

export type ResnetOptions = NetworkOptions & {
  /**
   * Convolutions and the dense layer: 9n + 2 for three stages of n blocks (29, 38, 47, …), or 50, 101 or 152 for the
   * four stages of the ImageNet networks. 29 by default.
   */
  readonly depth?: number;
  /** `pre-activation` by default. */
  readonly block?: BlockKind;
  /** `parameter-free` by default. */
  readonly shortcut?: ShortcutKind;
};

/** The kinds of block. */
export const blockKinds = ['pre-activation', 'post-activation'] as const;

/** The kinds of shortcut. */
export const shortcutKinds = ['parameter-free', 'projection'] as const;

/** A thousand blocks per stage; the deepest published ResNet for CIFAR has 1202 layers. */
const deepest = 9002;

/** Blocks per stage of the four-stage networks (He et al. 2015, Table 1). */
const fourStages: Readonly<Record<number, readonly number[]>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/**
 * Bottleneck ResNet for CIFAR, reconstructed from the parameter counts of the paper's Table 4: a 3×3·64 stem without
 * pool; stages of w = 64, 128, 256 (, 512) with blocks 1×1·w, 3×3·w, 1×1·4w, the first 3×3 of every stage except the
 * first has stride 2; shortcuts without parameters; mean over the image; a dense head with bias.
 *
 * `pre-activation`: norm and activation come before each convolution of a block. The first block of the network uses
 * those of the stem, and a final norm and activation follow the last block. `post-activation`: they come after each
 * convolution, the block's last activation after the addition.
 *
 * A projection is in the first block of each stage, where the shape changes: `shortcut/conv`, a 1×1 convolution with
 * the block's stride, and in a post-activation block its norm, `shortcut/norm`. In a pre-activation block the
 * projection has the same input as the branch, after `norm0` and `act0`, which are then before the residual.
 *
 * Layers are named `stem/conv`, `stage1/block1/conv1`, …, `dense`; in a pre-activation block `norm0` and `act0` come
 * first, and the final ones are `final/norm` and `final/act`. Input 32×32×3 by default.
 *
 * @throws OptionError for an unknown option value; SpecError for sizes with which the network cannot be built
 */
export function resnet({
  depth = 29,
  block = 'pre-activation',
  shortcut = 'parameter-free',
  classes = 10,
  norm = 'bn',
  input = [32, 32, 3],
  ...others
}: ResnetOptions = {}): ModelSpec {
  checkOneOf('block', block, blockKinds);
  checkOneOf('shortcut', shortcut, shortcutKinds);
  const part = parts('resnet', { classes, ...others }, ['depth', 'block', 'shortcut']);
  const preActivation = block === 'pre-activation';
  const stages = blocksPerStage(depth);
  const bottleneck = preActivation ? preActivationBlock : postActivationBlock;
  const layers: LayerSpec[] = [
    part.conv('stem/conv', part.scaled(64), 3),
    part.norm('stem/norm', part.scaled(64)),
    part.activation('stem/act'),
    ...stages.flatMap((count, stage) =>
      Array.from({ length: count }, (_, index) =>
        bottleneck(part, {
          name: `stage${stage + 1}/block${index + 1}`,
          width: part.scaled(64 * 2 ** stage),
          stride: stage > 0 && index === 0 ? 2 : 1,
          isFirst: stage === 0 && index === 0,
          entering: enteringChannels(part, stage, index),
          projects: shortcut === 'projection' && index === 0,
        }),
      ).flat(),
    ),
    ...(preActivation
      ? [
          part.norm('final/norm', 4 * part.scaled(64 * 2 ** (stages.length - 1))),
          part.activation('final/act'),
        ]
      : []),
    { type: 'globalPool', name: 'pool' },
    { type: 'dense', name: 'dense', units: classes, bias: true },
  ];
  const name = preActivation ? `resnet-${depth}` : `resnet-${depth}-post-activation`;
  const read = readSpec('resnet', { name, input, classes, layers });
  return placeNormsIn('resnet', read, checkPlacement('resnet', norm, 'norm'));
}

type Bottleneck = {
  readonly name: string;
  /** Channels inside the block; its output has four times as many. */
  readonly width: number;
  readonly stride: number;
  readonly isFirst: boolean;
  /** Whether its shortcut is a projection. */
  readonly projects: boolean;
  /** Input channels of the block. */
  readonly entering: number;
};

function preActivationBlock(part: Parts, bottleneck: Bottleneck): LayerSpec[] {
  const { name, width, stride, isFirst, projects, entering } = bottleneck;
  const before = (parent: string) =>
    isFirst ? [] : [part.norm(`${parent}norm0`, entering), part.activation(`${parent}act0`)];
  const inside = [...convolutions(part, width, stride), part.conv('conv3', 4 * width, 1)];
  if (!projects) return [{ type: 'residual', name, layers: [...before(''), ...inside] }];
  const shortcut = [part.conv('shortcut/conv', 4 * width, 1, stride)];
  return [...before(`${name}/`), { type: 'residual', name, layers: inside, shortcut }];
}

function postActivationBlock(part: Parts, { name, width, stride, projects }: Bottleneck): LayerSpec[] {
  const layers = [
    ...convolutions(part, width, stride),
    part.conv('conv3', 4 * width, 1),
    part.norm('norm3', 4 * width),
  ];
  const shortcut = [part.conv('shortcut/conv', 4 * width, 1, stride), part.norm('shortcut/norm', 4 * width)];
  return [{ type: 'residual', name, layers, ...(projects && { shortcut }) }, part.activation(`${name}/act3`)];
}

/** The first two convolutions of a block, each followed by norm and activation. */
function convolutions(part: Parts, width: number, stride: number): LayerSpec[] {
  return [
    part.conv('conv1', width, 1),
    part.norm('norm1', width),
    part.activation('act1'),
    part.conv('conv2', width, 3, stride),
    part.norm('norm2', width),
    part.activation('act2'),
  ];
}

/** Input channels of a block: the output channels of the stem, of the previous stage, or of its own stage. */
function enteringChannels(part: Parts, stage: number, index: number): number {
  if (index > 0) return 4 * part.scaled(64 * 2 ** stage);
  if (stage === 0) return part.scaled(64);
  return 4 * part.scaled(64 * 2 ** (stage - 1));
}

function checkOneOf(what: string, got: string, names: readonly string[]): void {
  if (names.includes(got)) return;
  const rule = `be ${names.map((each) => `"${each}"`).join(' or ')}`;
  throw new OptionError({ where: 'resnet', what, rule, got, hint: nameHint(got, names) });
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
