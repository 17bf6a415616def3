import type { Place, Verdict } from '../judge.js';

/**
 * A comparison of the active backend's results with a reference that it did not compute: float64 sums in JavaScript, or
 * numbers from PyTorch.
 *
 * A law compares two results of one subject, so an error that is the same in both cancels; an absolute check detects
 * it.
 */
export type AbsoluteCheck = {
  /** `absolute-convolution` */
  readonly id: string;
  /** What is compared, as an equation. */
  readonly title: string;
  /** The same in words, with the inputs. */
  readonly statement: string;
  /**
   * Computes on the active backend; error and bound are those of the value nearest to its bound, in units of the
   * natural size of the compared quantity.
   */
  measure(): Promise<Verdict>;
};

/** The result of an absolute check on the active backend. */
export type AbsoluteReport = {
  /** Distinguishes the report from that of a law. */
  readonly absolute: true;
  readonly id: string;
  readonly title: string;
  readonly holds: boolean;
  /** Error and bound of the value nearest to its bound, in units of the natural size of what is compared. */
  readonly largestError: number;
  readonly bound: number;
  readonly seconds?: number;
  /** Where it failed. */
  readonly at?: Place;
  /** The message of the error that the backend threw, if it did. */
  readonly reason?: string;
};

/** Runs one check on the active backend; if the backend throws, the check has failed. */
export async function reportOf(check: AbsoluteCheck): Promise<AbsoluteReport> {
  const { id, title } = check;
  try {
    const { error, bound, ...where } = await check.measure();
    const holds = error <= bound;
    return { absolute: true, id, title, holds, largestError: error, bound, ...(holds ? {} : where) };
  } catch (error) {
    const reason = `threw ${error instanceof Error ? error.message : String(error)}`;
    return { absolute: true, id, title, holds: false, largestError: Infinity, bound: 0, reason };
  }
}
