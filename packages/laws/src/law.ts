import type { Judged, Operand } from './judged.js';
import type { Drawn, SampleKind } from './samples/samples.js';
import type { Normalizes, OperationName, Operations } from './subject.js';

/**
 * Two sides that are equal by a law, in units of the left one's size; the third entry is the error of an approximate
 * law, which is added to the errors of both.
 */
export type Side = readonly [left: Judged, right: Operand, allowed?: ArrayLike<number> | number];

/** The operations that a law needs, on values with their exact values and errors. */
export type LawOperations<Name extends OperationName> = {
  [N in Name]: (
    ...given: Parameters<Operations<Judged>[N]>
  ) => Promise<Awaited<ReturnType<Operations<Judged>[N]>>>;
};

/**
 * A law: an equation between results of a subject.
 *
 * `sides` is written once. Each call of an operation in it is evaluated by the subject under test and by
 * `trackedSubject`, so both sides have an error bound, and no tolerance is fitted to a backend.
 */
export type Law<Name extends OperationName = OperationName, Kind extends SampleKind = SampleKind> = {
  /** The number in the list of laws, with a name where one number has several: `1`, `7-range`. */
  readonly id: string;
  /** The law as an equation. */
  readonly title: string;
  /** The law in words, with its conditions. */
  readonly statement: string;
  /** Whether it holds exactly in exact arithmetic; the sides of an approximate law have a third entry. */
  readonly exact: boolean;
  /** Whether it holds bit for bit in floating point: its bound is 0. */
  readonly bitForBit?: boolean;
  /** The kind of sample on which it is checked. */
  readonly samples: Kind;
  /** The operations that a subject must have. */
  readonly needs: readonly Name[];
  /** Whether it holds for a normalization over these sets; by default for those of batch norm: centred channels. */
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
