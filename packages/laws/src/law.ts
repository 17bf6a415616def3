import type { SampleKind, Samples } from './samples/samples.js';

/**
 * How far a subject was from a law on one sample, and how far float arithmetic lets it be.
 *
 * Both are given at the element where error/bound is largest, in units of the natural size of what
 * is compared, so that samples of any scale can be set beside each other. A bound of `Infinity`
 * says that the sample is outside what the arithmetic can tell (such as σ = 0 with ε = 0).
 */
export type Verdict = { readonly error: number; readonly bound: number };

/**
 * A law: a pure predicate on a subject and a sample.
 *
 * `Subject` is a small record of functions, so that a law can be put to any operation. The bound
 * follows from ε, the unit roundoff and the lengths of the reductions, by the analysis in
 * `bounds/`; nothing in it is fitted to a backend.
 */
export type Law<Subject, Kind extends SampleKind = SampleKind> = {
  /** The number in the list of laws, with a name where one number has several: `1`, `7-range`. */
  readonly id: string;
  /** The law as an equation. */
  readonly title: string;
  /** The law in words, with its conditions. */
  readonly statement: string;
  /** Whether it holds exactly in exact arithmetic; the others carry a term of their own in the bound. */
  readonly exact: boolean;
  /** The kind of sample it is put to. */
  readonly samples: Kind;
  holds(subject: Subject, sample: Samples[Kind]): Promise<Verdict>;
};
