import { nameHint, OptionError, refuseOthers } from '@normlab/errors';
import { type ActivationName, type ActivationSpec, activationNames } from './layers/activation.js';
import { type ConvSpec, type ConvWeights, convWeights } from './layers/conv.js';
import { type NormKind, type NormSpec, normKinds } from './layers/norm.js';
import type { Placement } from './placeNorms.js';

/** The options of all networks of the paper. */
export type NetworkOptions = {
  /** K; 10 by default. */
  readonly classes?: number;
  /** Placement of (constant) batch norm; `bn` by default. */
  readonly norm?: Placement;
  /** The kind of the norms; `batch` by default. */
  readonly normKind?: NormKind;
  /**
   * The number of groups of group norms; 32 by default (Wu & He 2018). A norm whose channels this does not divide has
   * the greatest common divisor of both as its number of groups.
   */
  readonly groups?: number;
  /** How the kernels of convolutions are computed from the learned variables; `plain` by default. */
  readonly convWeights?: ConvWeights;
  /** `relu` by default. */
  readonly activation?: ActivationName;
  /** Factor of every channel count except the head's; the product is rounded, at least 1. 1 by default. */
  readonly width?: number;
  /** Whether convolutions learn a bias; false by default. */
  readonly convBias?: boolean;
  /** [H, W, C] of an image. */
  readonly input?: readonly [number, number, number];
  /** ε of every norm; 1e-5 by default. */
  readonly epsilon?: number;
  /** The weight of the old running statistics of batch norm; 0.9 by default. */
  readonly decay?: number;
};

/** The names of all these options, for hints. */
const optionNames: readonly (keyof NetworkOptions)[] = [
  ...(['classes', 'norm', 'normKind', 'groups', 'convWeights', 'activation'] as const),
  ...(['width', 'convBias', 'input', 'epsilon', 'decay'] as const),
];

/** Functions that create the repeated layers of a network, with the options filled in. */
export type Parts = {
  /** Channels times the width factor. */
  scaled(channels: number): number;
  conv(name: string, channels: number, kernel: number, stride?: number): ConvSpec;
  norm(name: string, channels: number): NormSpec;
  activation(name: string): ActivationSpec;
};

/**
 * @param ownNames the names of the options that only this network has
 * @throws OptionError for an unknown option, activation, kind of norm or of weights; for classes or groups that are not
 *   positive integers, or a width that is not positive; for groups or a decay that the kind of norm does not have
 */
export function parts(
  where: string,
  {
    classes = 10,
    normKind = 'batch',
    groups,
    convWeights: weights = 'plain',
    activation = 'relu',
    width = 1,
    convBias = false,
    epsilon = 1e-5,
    decay,
    ...others
  }: Omit<NetworkOptions, 'norm' | 'input'>,
  ownNames: readonly string[],
): Parts {
  refuseOthers(where, others, [...ownNames, ...optionNames]);
  const checkName = (what: string, rule: string, got: string, names: readonly string[]) => {
    if (!names.includes(got)) throw new OptionError({ where, what, rule, got, hint: nameHint(got, names) });
  };
  checkName('activation', 'be the name of a non-linearity', activation, activationNames);
  checkName('normKind', 'be a kind of norm', normKind, normKinds);
  checkName('convWeights', 'be the name of a form of weights', weights, convWeights);
  if (!(Number.isInteger(classes) && classes > 0)) {
    throw new OptionError({ where, what: 'classes', rule: 'be a positive integer', got: classes });
  }
  if (!(Number.isFinite(width) && width > 0)) {
    throw new OptionError({ where, what: 'width', rule: 'be a positive number', got: width });
  }
  if (groups !== undefined && !(Number.isInteger(groups) && groups > 0)) {
    throw new OptionError({ where, what: 'groups', rule: 'be a positive integer', got: groups });
  }
  if (groups !== undefined && normKind !== 'group') {
    throw new OptionError({ where, what: 'groups', rule: 'go with normKind "group"', got: groups });
  }
  if (decay !== undefined && normKind !== 'batch') {
    const rule = 'go with normKind "batch", as the other kinds keep no running statistics';
    throw new OptionError({ where, what: 'decay', rule, got: decay });
  }
  return {
    scaled: (channels) => Math.max(1, Math.round(channels * width)),
    conv: (name, channels, kernel, stride = 1) => ({
      type: 'conv',
      name,
      channels,
      kernel,
      stride,
      padding: 'same',
      bias: convBias,
      ...(weights !== 'plain' && { weights }),
    }),
    norm(name, channels) {
      const fields = { type: 'norm', name, gain: true, bias: true, epsilon } as const;
      if (normKind === 'batch') return { ...fields, decay: decay ?? 0.9 };
      if (normKind !== 'group') return { ...fields, kind: normKind };
      return { ...fields, kind: normKind, groups: greatestCommonDivisor(groups ?? 32, channels) };
    },
    activation: (name) => ({ type: 'activation', name, kind: activation }),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
