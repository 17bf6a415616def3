import type { AffineParams, RunningStats } from '@normlab/ops';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import * as v from 'valibot';
import { imageShape } from './images.js';
import {
  type Fault,
  type LayerType,
  type LayerVariables,
  one,
  type RunningLayer,
  type UnshapedLayer,
  zero,
} from './layerType.js';
import { described, flag, layerOf, listed, notNegative, positiveInteger } from './schemaParts.js';

type NormFields = {
  readonly type: 'norm';
  readonly name: string;
  /** Whether a gain is learned, one per channel; otherwise it is 1. */
  readonly gain: boolean;
  /** Whether a bias is learned, one per channel; otherwise it is 0. */
  readonly bias: boolean;
  readonly epsilon: number;
};

/**
 * Over N·H·W, each channel separately: with the batch's statistics in training, with running statistics in inference.
 */
export type BatchNormSpec = NormFields & { readonly kind?: 'batch'; readonly decay: number };

/** Over H·W·C, each image separately. */
export type LayerNormSpec = NormFields & { readonly kind: 'layer' };

/** Over H·W, each channel of each image separately. */
export type InstanceNormSpec = NormFields & { readonly kind: 'instance' };

/** Over H·W and C / groups neighbouring channels, each group of each image separately. */
export type GroupNormSpec = NormFields & { readonly kind: 'group'; readonly groups: number };

/** Over H·W·C, each image separately, using only the root mean square: μ = 0, σ² = mean x². */
export type RmsNormSpec = NormFields & { readonly kind: 'rms' };

/** y = γ·(x − μ)/√(σ² + ε) + β; `kind` says over which axes μ and σ² are computed; `batch` by default. */
export type NormSpec = BatchNormSpec | LayerNormSpec | InstanceNormSpec | GroupNormSpec | RmsNormSpec;

/** The kind of a norm: the axes over which it normalizes. */
export type NormKind = NonNullable<NormSpec['kind']>;

type Kind<Spec extends NormSpec> = {
  /** The keys that only this kind of norm has. */
  readonly fields: v.ObjectEntries & { readonly kind: v.GenericSchema };
  readonly description: string;
  /** Running statistics, one of each per channel; none by default. */
  stats?(channels: number): NonNullable<LayerVariables['stats']>;
  /** Reports an input that this kind cannot normalize. */
  check?(place: UnshapedLayer<Spec>, fault: Fault): void;
} & Pick<LayerType<Spec>, 'run' | 'infer' | 'runWithRelu' | 'fold'>;

const batch: Kind<BatchNormSpec> = {
  fields: {
    kind: v.optional(described(v.literal('batch'), 'batch by default')),
    decay: v.pipe(
      v.number('be in [0, 1]'),
      v.minValue(0, 'be in [0, 1]'),
      v.maxValue(1, 'be in [0, 1]'),
      v.description('The weight of the old running statistic in a step'),
    ),
  },
  description: 'Batch norm over N, H and W',

  stats: (channels) => [
    { name: 'mean', shape: [channels], initializer: zero },
    { name: 'variance', shape: [channels], initializer: one },
  ],

  run: (x, here) => trained(here.ops.batchNormTrain, x, here),

  runWithRelu: (x, here) => trained(here.ops.batchNormReluTrain, x, here),

  infer(x, here) {
    const { layer, ops } = here;
    const { epsilon } = layer;
    return layer.gain || layer.bias
      ? ops.batchNormInfer(x, learned(here), running(here), { epsilon })
      : ops.constantBatchNormInfer(x, running(here), { epsilon });
  },

  fold: (linear, here) =>
    here.ops.foldBatchNorm(
      { kernel: linear.kernel, ...(linear.bias && { bias: linear.bias as Tensor1D }) },
      learned(here),
      running(here),
      { epsilon: here.layer.epsilon },
    ),
};

const layer: Kind<LayerNormSpec> = {
  fields: { kind: v.literal('layer') },
  description: 'Layer norm over H, W and C, with a gain and bias per channel',
  run: (x, here) =>
    here.ops.layerNorm(x, learned(here), { axes: axesOfOneImage(x), epsilon: here.layer.epsilon }),
};

const instance: Kind<InstanceNormSpec> = {
  fields: { kind: v.literal('instance') },
  description: 'Instance norm over H and W',
  check: imageShape,
  run: (x, here) => here.ops.instanceNorm(x, learned(here), { epsilon: here.layer.epsilon }),
};

const group: Kind<GroupNormSpec> = {
  fields: {
    kind: v.literal('group'),
    groups: described(positiveInteger, 'Number of groups; it divides the number of channels'),
  },
  description: 'Group norm over H, W and C / groups neighbouring channels',

  check({ layer: { groups }, input }, fault) {
    const channels = input.at(-1)!;
    if (channels % groups !== 0) fault('.groups', `divide the ${channels} channels there`, groups);
  },

  run(x, here) {
    const { groups, epsilon } = here.layer;
    return here.ops.groupNorm(x, learned(here), { groups, epsilon });
  },
};

const rms: Kind<RmsNormSpec> = {
  fields: { kind: v.literal('rms') },
  description: 'RMS norm over H, W and C, with a gain and bias per channel',
  run: (x, here) =>
    here.ops.rmsNorm(x, learned(here), { axes: axesOfOneImage(x), epsilon: here.layer.epsilon }),
};

/** Every kind of norm. A new kind needs its type above, its record, and an entry here. */
const kinds: { readonly [K in NormKind]: Kind<Extract<NormSpec, { kind?: K }>> } = {
  batch,
  layer,
  instance,
  group,
  rms,
};

/** The names of all kinds of norm. */
export const normKinds = Object.keys(kinds) as [NormKind, ...NormKind[]];

/** Whether inference of a norm is the same linear function for all images: only then can it be folded into a kernel. */
export function isFoldable(spec: NormSpec): boolean {
  return kindOf(spec).fold !== undefined;
}

const schemas = Object.values(kinds).map(({ fields, description }) => {
  const shared = {
    gain: described(flag, 'Whether a gain is learned; otherwise it is 1'),
    bias: described(flag, 'Whether a bias is learned; otherwise it is 0'),
    epsilon: notNegative,
  };
  return layerOf('norm', { ...shared, ...fields }, description);
});

/** Initially gains are 1, biases 0, running means 0, running variances 1. */
export const norm: LayerType<NormSpec> = {
  schema: v.variant('kind', schemas, listed(normKinds)),

  outputShape(place, fault) {
    kindOf(place.layer).check?.(place, fault);
    return place.input;
  },

  variables({ layer, input }) {
    const channels = input.at(-1)!;
    const shape = [channels];
    return {
      params: [
        ...(layer.gain ? [{ name: 'scale', shape, initializer: one }] : []),
        ...(layer.bias ? [{ name: 'offset', shape, initializer: zero }] : []),
      ],
      stats: kindOf(layer).stats?.(channels) ?? [],
    };
  },

  run: (x, here) => kindOf(here.layer).run(x, here),
  runWithRelu: (x, here) => kindOf(here.layer).runWithRelu?.(x, here),
  infer(x, here) {
    const kind = kindOf(here.layer);
    return kind.infer === undefined ? kind.run(x, here) : kind.infer(x, here);
  },
  fold: (linear, here) => kindOf(here.layer).fold!(linear, here),
};

function kindOf({ kind = 'batch' }: NormSpec): Kind<NormSpec> {
  return kinds[kind];
}

type Train = (
  x: Tensor,
  params: AffineParams,
  stats: RunningStats,
  options: { readonly epsilon: number; readonly decay: number },
) => { readonly y: Tensor; readonly stats: RunningStats };

function trained(train: Train, x: Tensor, here: RunningLayer<BatchNormSpec>): Tensor {
  const { epsilon, decay } = here.layer;
  const { y, stats } = train(x, learned(here), running(here), { epsilon, decay });
  here.moveStat('mean', stats.mean);
  here.moveStat('variance', stats.variance);
  return y;
}

/** A gain or bias that is not learned has no parameter: without both, the norm is constant. */
function learned({ layer: { gain, bias }, param }: RunningLayer<NormSpec>): AffineParams {
  return {
    ...(gain && { scale: param<Tensor1D>('scale') }),
    ...(bias && { offset: param<Tensor1D>('offset') }),
  };
}

function running({ stat }: RunningLayer<BatchNormSpec>): RunningStats {
  return { mean: stat<Tensor1D>('mean'), variance: stat<Tensor1D>('variance') };
}

/** All axes but the first: [1, 2, 3] for images, [1] for features. */
function axesOfOneImage(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis + 1);
}
