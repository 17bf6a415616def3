import type { Judged, Operand } from './judged.js';
import type { Drawn, SampleKind } from './samples/samples.js';
import type { Normalizes, OperationName, Operations } from './subject.js';

/**
 * Two sides that a law says are equal, in units of the left one's size; a third entry is what the law itself leaves out,
 * which its bound adds to the errors of both.
 */
export type Side = readonly [left: Judged, right: Operand, allowed?: ArrayLike<number> | number];

/** The operations that a law needs, on values of which the exact ones and their errors are known too. */
export type LawOperations<Name extends OperationName> = {
  [N in Name]: (
    ...given: Parameters<Operations<Judged>[N]>
  ) => Promise<Awaited<ReturnType<Operations<Judged>[N]>>>;
};

/**
 * A law: an equation between what a subject computes.
 *
 * `sides` is written once and evaluated with the subject under test and with `trackedSubject` at each call of an
 * operation; so both sides come with their largest errors, and nothing is fitted to a backend.
 */
export type Law<Name extends OperationName = OperationName, Kind extends SampleKind = SampleKind> = {
  /** The number in the list of laws, with a name where one number has several: `1`, `7-range`. */
  readonly id: string;
  /** The law as an equation. */
  readonly title: string;
  /** The law in words, with its conditions. */
  readonly statement: string;
  /** Whether it holds exactly in exact arithmetic; the sides of the others have a third entry. */
  readonly exact: boolean;
  /** Whether it holds bit for bit in floating point: its bound is 0. */
  readonly bitForBit?: boolean;
  /** The kind of sample it is put to. */
  readonly samples: Kind;
  /** The operations that a subject must have. */
  readonly needs: readonly Name[];
  /** Whether it holds for normalizations of these sets; default: for those that batch norm has, channels with their mean. */
  fits?(subject: Normalizes): boolean;
  /** The two sides, or several pairs by name. */
  sides(op: LawOperations<Name>, sample: Drawn[Kind]): Promise<Side | Readonly<Record<string, Side>>>;
};

/** A law; exact unless it says otherwise. */
export function defineLaw<const Name extends OperationName, Kind extends SampleKind>(
  law: Omit<Law<Name, Kind>, 'exact'> & { readonly exact?: false },
): Law<Name, Kind> {
  return { exact: true, ...law };
}
