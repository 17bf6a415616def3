import {
  type NetworkName,
  type NormKind,
  networkNames,
  normKinds,
  type Placement,
  placements,
} from '@normlab/models/spec';

/** What a run in this page is decided by. */
export type RunSettings = {
  readonly model: NetworkName;
  readonly norm: Placement;
  readonly normKind: NormKind;
  /** Factor on the number of channels. */
  readonly width: number;
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly seed: number;
  readonly backend: BackendChoice;
};

export type BackendChoice = (typeof backendChoices)[number];

/** What this page trains on; `cpu` is tfjs's own, slow and everywhere. */
export const backendChoices = ['wasm', 'webgpu', 'webgl', 'cpu'] as const;

export const modelChoices = networkNames.filter((name) => name !== 'resnet-101');
export const placementChoices = placements;
export const normKindChoices = normKinds;

/** A run of half a minute on one core. */
export const defaultSettings: RunSettings = {
  model: 'all-cnn',
  norm: 'bn',
  normKind: 'batch',
  width: 0.1,
  epochs: 4,
  batch: 50,
  learningRate: 0.1,
  seed: 1,
  backend: 'wasm',
};

/** What each placement means, in words. */
export const placementWords: Readonly<Record<Placement, string>> = {
  bn: 'bn: every norm learns a gain γ and a bias β',
  'cbn-all': 'cbn-all: no norm learns a gain or a bias',
  'cbn-lconv-bn': 'cbn-lconv-bn: only the norm of the last convolution learns them',
  'cbn-lconv-nobn': 'cbn-lconv-nobn: no gains or biases, no norm at the last convolution',
  none: 'none: no norms at all',
  'gain-only': 'gain-only: gains, no biases',
  'bias-only': 'bias-only: biases, no gains',
};
