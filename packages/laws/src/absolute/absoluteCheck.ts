import type { Place, Verdict } from '../judge.js';

/**
 * A comparison of what the active backend computes with what mathematics says.
 *
 * A law compares two results of one subject, and an error that both share cancels. An absolute check has its
 * reference elsewhere: float64 sums written out in JavaScript, or numbers from PyTorch.
 */
export type AbsoluteCheck = {
  /** `absolute-convolution` */
  readonly id: string;
  /** What is compared, as an equation. */
  readonly title: string;
  /** The same in words, with the inputs that are tried. */
  readonly statement: string;
  /**
   * Computes on the active backend; error and bound are those of the value nearest to its bound, in units of the
   * natural size of what is compared.
   */
  measure(): Promise<Verdict>;
};

/** What became of an absolute check on the active backend. */
export type AbsoluteReport = {
  /** Tells the report from that of a law. */
  readonly absolute: true;
  readonly id: string;
  readonly title: string;
  readonly holds: boolean;
  /** Error and bound of the value nearest to its bound, in units of the natural size of what is compared. */
  readonly largestError: number;
  readonly bound: number;
  readonly seconds?: number;
  /** Where it fell. */
  readonly at?: Place;
  /** What the backend threw, where it did. */
  readonly reason?: string;
};

/** Puts one check to the active backend; a backend that throws has failed it. */
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
