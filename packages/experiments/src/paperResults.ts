// Source: "Batch Normalization: Is Learning An Adaptive Gain and Bias Necessary?" (ICMLC 2018), single runs.

type Row = Readonly<Record<string, number>>;

/** Table 2: test accuracy by network, data set and placement. */
const table2: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  'all-cnn': {
    cifar10: { bn: 0.912, 'cbn-all': 0.902, 'cbn-lconv-bn': 0.907, 'cbn-lconv-nobn': 0.912 },
    cifar100: { bn: 0.669, 'cbn-all': 0.649, 'cbn-lconv-bn': 0.667, 'cbn-lconv-nobn': 0.674 },
  },
  nin: {
    cifar10: { bn: 0.899, 'cbn-all': 0.871, 'cbn-lconv-bn': 0.895, 'cbn-lconv-nobn': 0.894 },
    cifar100: { bn: 0.657, 'cbn-all': 0.607, 'cbn-lconv-bn': 0.66, 'cbn-lconv-nobn': 0.663 },
  },
  'resnet-29': {
    cifar10: {
      none: 0.9145,
      bn: 0.9447,
      'cbn-all': 0.9472,
      'cbn-lconv-bn': 0.9487,
      'cbn-lconv-nobn': 0.9461,
    },
    cifar100: {
      none: 0.6948,
      bn: 0.7785,
      'cbn-all': 0.7785,
      'cbn-lconv-bn': 0.7848,
      'cbn-lconv-nobn': 0.7663,
    },
  },
  'resnet-101': {
    cifar10: { bn: 0.9506, 'cbn-all': 0.9465, 'cbn-lconv-bn': 0.9507 },
    cifar100: { bn: 0.7923, 'cbn-all': 0.793, 'cbn-lconv-bn': 0.7976 },
  },
};

/** Table 3: ALL-CNN on CIFAR-10 by activation and placement. */
const table3: Readonly<Record<string, Row>> = {
  relu: { bn: 0.912, 'cbn-lconv-nobn': 0.912 },
  prelu: { bn: 0.904, 'cbn-lconv-nobn': 0.906 },
  tanh: { bn: 0.848, 'cbn-lconv-nobn': 0.7731 },
};

/** What the paper's networks have, by setting; it is also what a run has that does not say otherwise. */
const papers: Readonly<Record<string, unknown>> = {
  normKind: 'batch',
  convWeights: 'plain',
  head: 'conv',
  block: 'pre-activation',
  shortcut: 'parameter-free',
  convBias: false,
};

/** Whether a network has the paper's kinds of layers, so that its results and claims are about it. */
export function hasPapersLayers(settings: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(papers).every(([key, value]) => [undefined, value].includes(settings[key]));
}

/**
 * Whether a network's norms, convolutions and shortcuts, those within its blocks too, are of the paper's kinds.
 *
 * @param part a spec, or any part of one
 */
export function hasPapersKinds(part: unknown): boolean {
  if (typeof part !== 'object' || part === null) return true;
  const { type, kind, weights, shortcut }: { readonly [key: string]: unknown } = { ...part };
  const isOther =
    (type === 'norm' && ![undefined, 'batch'].includes(kind as string)) ||
    (type === 'conv' && ![undefined, 'plain'].includes(weights as string)) ||
    (type === 'residual' && shortcut !== undefined);
  return !isOther && Object.values(part).every(hasPapersKinds);
}

/** The test accuracy in the paper's Tables 2 and 3, or null where they have no such row. */
export function paperAccuracy({
  model,
  dataset,
  norm,
  activation = 'relu',
}: {
  readonly model: string;
  /** `cifar10` or `cifar100`; for an image folder, the caller must say which of them it is. */
  readonly dataset: string;
  readonly norm: string;
  readonly activation?: string;
}): number | null {
  if (activation === 'relu') return table2[model]?.[dataset]?.[norm] ?? null;
  return model === 'all-cnn' && dataset === 'cifar10' ? (table3[activation]?.[norm] ?? null) : null;
}
