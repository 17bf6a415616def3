import { nameHint, OptionError } from '@normlab/errors';
import { type ActivationName, type ActivationSpec, activationNames } from './layers/activation.js';
import type { ConvSpec } from './layers/conv.js';
import type { NormSpec } from './layers/norm.js';
import type { Placement } from './placeNorms.js';

/** What all networks of the paper can be built with. */
export type NetworkOptions = {
  /** K; 10 by default. */
  readonly classes?: number;
  /** Placement of (constant) batch norm; `bn` by default. */
  readonly norm?: Placement;
  /** `relu` by default. */
  readonly activation?: ActivationName;
  /** Factor of every channel count but the head's, rounded to at least 1; 1 by default. */
  readonly width?: number;
  /** Whether convolutions learn a bias; false by default. */
  readonly convBias?: boolean;
  /** [H, W, C] of a picture. */
  readonly input?: readonly [number, number, number];
  /** ε of every norm; 1e-5 by default. */
  readonly epsilon?: number;
  /** Share of a running statistic that a step keeps; 0.9 by default. */
  readonly decay?: number;
};

/** Makers of the layers a network repeats, with the options filled in. */
export type Parts = {
  /** Channels times the width factor. */
  scaled(channels: number): number;
  conv(name: string, channels: number, kernel: number, stride?: number): ConvSpec;
  norm(name: string): NormSpec;
  activation(name: string): ActivationSpec;
};

/** @throws OptionError for an unknown activation, classes that are no positive integer, or such a width */
export function parts(
  where: string,
  {
    classes = 10,
    activation = 'relu',
    width = 1,
    convBias = false,
    epsilon = 1e-5,
    decay = 0.9,
  }: NetworkOptions,
): Parts {
  if (!activationNames.includes(activation)) {
    const rule = 'be the name of a non-linearity';
    const hint = nameHint(activation, activationNames);
    throw new OptionError({ where, what: 'activation', rule, got: activation, hint });
  }
  if (!(Number.isInteger(classes) && classes > 0)) {
    throw new OptionError({ where, what: 'classes', rule: 'be a positive integer', got: classes });
  }
  if (!(Number.isFinite(width) && width > 0)) {
    throw new OptionError({ where, what: 'width', rule: 'be a positive number', got: width });
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
    }),
    norm: (name) => ({ type: 'norm', name, gain: true, bias: true, epsilon, decay }),
    activation: (name) => ({ type: 'activation', name, kind: activation }),
  };
}
