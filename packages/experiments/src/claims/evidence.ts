/** The result of testing one claim in one group, before Holm's adjustment. */
export type Evidence = {
  readonly group: string;
  readonly test: string;
  readonly n: number;
  readonly estimate: number | null;
  readonly interval: readonly [low: number, high: number] | null;
  /** Confidence level of the interval: .9 for equivalence, .95 otherwise. */
  readonly level: number;
  readonly pFor: number | null;
  readonly pAgainst: number | null;
  readonly needed: number | null;
  /** The margin or limit of the test. */
  readonly bound: number;
  /** Runs of the arms that diverged and so are in no mean. */
  readonly leftOut: readonly string[];
  /** Runs that never reached the target; only where steps to it are compared. */
  readonly neverReached?: readonly string[];
  /** Why runs are not compared, although they may be done. */
  readonly notCompared?: string;
};

/**
 * Whether the differences are not all equal. Accuracies are multiples of 1 / images, so a few differences may be equal
 * by chance, and a t test would take them for certain. Unequal differences are at least 1 / images apart, which is far
 * above 1e-9; differences that are equal except for rounding are within 2⁻⁵².
 */
export function hasSpread(sd: number | null): sd is number {
  return sd !== null && sd > 1e-9;
}
