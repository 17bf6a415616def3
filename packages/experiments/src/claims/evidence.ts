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
