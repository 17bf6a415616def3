/** A claim's number in the table of claims. */
export type ClaimId = number;

/** How runs test a claim. */
export type Judgement =
  /** The arm's accuracy equals the reference's, within the margin. */
  | { readonly kind: 'equivalent'; readonly arm: string; readonly reference: string }
  /** The arm's accuracy is below the reference's. */
  | { readonly kind: 'worse'; readonly arm: string; readonly reference: string }
  | { readonly kind: 'better'; readonly arm: string; readonly reference: string }
  /** The arm's number of steps to the target accuracy equals the reference's, within ±10 %. */
  | { readonly kind: 'convergence'; readonly arm: string; readonly reference: string }
  /**
   * The arm's difference from the reference with this activation equals that with the base activation, or is below it.
   */
  | {
      readonly kind: 'interaction';
      readonly arm: string;
      readonly reference: string;
      readonly base: string;
      readonly activation: string;
      readonly expect: 'equivalent' | 'worse';
    }
  /** Largest drift of a gain or bias over all norms but the last. */
  | { readonly kind: 'small-drift'; readonly norm: string; readonly limit: number }
  /** Drift of the last norm over the median drift of the others. */
  | { readonly kind: 'last-drift'; readonly norm: string }
  /** A step of the arm takes less time than one of the reference, in interleaved timings. */
  | { readonly kind: 'step-time'; readonly arm: string; readonly reference: string }
  /** Kolmogorov–Smirnov distance of layer outputs to the normal, over all recorded layers but the last. */
  | { readonly kind: 'near-normal'; readonly norm: string; readonly limit: number };

/** A claim of the paper, and how runs test it. */
export type Claim = {
  readonly id: ClaimId;
  readonly words: string;
  /** Where the paper makes it. */
  readonly source: string;
  /** Networks that it is about; all by default. */
  readonly networks?: RegExp;
  /** Whether it is asked of networks with other norms or heads than the paper's too. */
  readonly beyondPaper?: true;
  readonly judgements: readonly Judgement[];
};

const nobn = { arm: 'cbn-lconv-nobn', reference: 'bn' } as const;

/**
 * The paper's claims that runs can test.
 *
 * The other claims of the paper are tested elsewhere: invariances (12) by `normlab laws`, parameter counts (10) by
 * `normlab params`.
 */
export const claims: readonly Claim[] = [
  {
    id: 1,
    words: 'Without the last norm, accuracy is that of batch norm',
    source: 'abstract, section 4.2',
    networks: /^(all-cnn|nin)$/,
    judgements: [{ kind: 'equivalent', ...nobn }],
  },
  {
    id: 2,
    words: 'Convergence is not much different',
    source: 'Figures 4 to 6',
    judgements: [
      { kind: 'convergence', ...nobn },
      { kind: 'convergence', arm: 'cbn-lconv-bn', reference: 'bn' },
      { kind: 'convergence', arm: 'cbn-all', reference: 'bn' },
    ],
  },
  {
    id: 3,
    words: 'Constant batch norm everywhere is worse than batch norm',
    source: 'section 4.2',
    beyondPaper: true,
    judgements: [{ kind: 'worse', arm: 'cbn-all', reference: 'bn' }],
  },
  {
    id: 4,
    words: 'Without the last norm, accuracy is almost that of batch norm in ResNets too',
    source: 'section 4.2',
    networks: /^resnet-/,
    judgements: [{ kind: 'equivalent', ...nobn }],
  },
  {
    id: 5,
    words: 'In ResNets, constant batch norm with batch norm last is slightly better than batch norm',
    source: 'section 4.1',
    networks: /^resnet-/,
    judgements: [{ kind: 'better', arm: 'cbn-lconv-bn', reference: 'bn' }],
  },
  {
    id: 6,
    words: 'Gains and biases of all norms but the last stay in a small range',
    source: 'Figure 1',
    judgements: [{ kind: 'small-drift', norm: 'bn', limit: 0.1 }],
  },
  {
    id: 7,
    words: 'Gains and biases of the last norm move much more than those of the others',
    source: 'Figure 2',
    judgements: [{ kind: 'last-drift', norm: 'bn' }],
  },
  {
    id: 8,
    words: 'Outputs of the layers are nearly normal, the last one apart',
    source: 'Figure 3',
    judgements: [{ kind: 'near-normal', norm: 'bn', limit: 0.05 }],
  },
  {
    id: 9,
    words: 'Constant batch norm works with nearly all activations, but badly with tanh',
    source: 'Table 3',
    judgements: [
      { kind: 'interaction', ...nobn, base: 'relu', activation: 'prelu', expect: 'equivalent' },
      { kind: 'interaction', ...nobn, base: 'relu', activation: 'tanh', expect: 'worse' },
    ],
  },
  {
    id: 11,
    words: 'A step takes less time with constant batch norm',
    source: 'section 4.4, Figure 7',
    judgements: [{ kind: 'step-time', arm: 'cbn-all', reference: 'bn' }],
  },
  {
    id: 13,
    words: 'Normalization matters: without any, accuracy is worse',
    source: 'Table 2',
    judgements: [{ kind: 'worse', arm: 'none', reference: 'bn' }],
  },
  {
    id: 14,
    words: 'Learned gain and bias are not necessary',
    source: 'title',
    beyondPaper: true,
    judgements: [
      { kind: 'equivalent', ...nobn },
      { kind: 'equivalent', arm: 'gain-only', reference: 'bn' },
      { kind: 'equivalent', arm: 'bias-only', reference: 'bn' },
    ],
  },
];
