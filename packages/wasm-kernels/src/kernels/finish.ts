/** What a convolution does with its sums before it stores them. */
export type Finish = {
  /** The address of a bias, one float for each channel; 0 for none. */
  readonly bias: number;
  /** Whether sums below 0 become 0. */
  readonly isRectified: boolean;
};

/** Nothing. */
export const asItIs: Finish = { bias: 0, isRectified: false };
