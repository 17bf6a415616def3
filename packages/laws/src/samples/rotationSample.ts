/** A dense normalized layer trained on noise: C independent directions of D weights each. */
export type RotationSample = {
  /** N, rows of the input of each step. */
  readonly batch: number;
  /** D */
  readonly inputs: number;
  /** C */
  readonly outputs: number;
  readonly learningRate: number;
  /** ηλ, the weight decay in units of 1/η. */
  readonly decay: number;
  readonly momentum: number;
  readonly seed: number;
};
