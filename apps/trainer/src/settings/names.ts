/** Networks that `--model` takes; `resnet-N` for the other depths of the family is accepted too. */
export const modelNames = ['all-cnn', 'nin', 'resnet-29', 'resnet-101'] as const;

/** Where norm layers stand: the paper's four placements, none, and two arms beside them. */
export const placementNames = [
  'bn',
  'cbn-all',
  'cbn-lconv-bn',
  'cbn-lconv-nobn',
  'none',
  'gain-only',
  'bias-only',
] as const;

export const activationNames = ['relu', 'prelu', 'tanh'] as const;

export const blockNames = ['pre-activation', 'post-activation'] as const;

export const headNames = ['conv', 'dense'] as const;

export const datasetNames = ['built-in', 'cifar10', 'cifar100', 'images'] as const;

export const pipelineNames = ['crop-24', 'pad-crop-flip', 'plain'] as const;

export const optimizerNames = ['sgd', 'adamw'] as const;

export const scheduleNames = ['constant', 'exponential', 'piecewise', 'cosine'] as const;

export const l2TargetNames = ['all', 'kernels'] as const;

/** Builds of the wasm kernels. */
export const buildNames = ['auto', 'plain', 'relaxed'] as const;

export const backendNames = ['wasm', 'webgpu', 'tensorflow', 'cpu'] as const;
