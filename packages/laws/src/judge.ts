import { roundoffOf } from './bounds/roundoff.js';
import { largest, type Tracked } from './bounds/tracked.js';
import { trackedSubject } from './bounds/trackedSubject.js';
import { type Judged, known } from './judged.js';
import type { Law, LawOperations, Side } from './law.js';
import { draw, type SampleKind, type Samples } from './samples/samples.js';
import type { OperationName, Subject } from './subject.js';
import { isValues, mapRecord, mapTree, type Values } from './values.js';

/**
 * The error of a subject on one sample of a law, and the largest error that float arithmetic explains.
 *
 * Both are given at the element where error/bound is largest, in units of the natural size of the compared
 * quantity, so that samples of any scale can be compared. A bound of `Infinity` means that no bound can be
 * derived for the sample (for example σ = 0 with ε = 0).
 */
export type Verdict = {
  readonly error: number;
  readonly bound: number;
  /** The element, in its own units; absent if nothing was compared. */
  readonly at?: Place;
  /** The error that the subject threw, or where its result is not a number. */
  readonly reason?: string;
};

/** One element of the two sides of a law. */
export type Place = {
  /** Which of several pairs of sides. */
  readonly side?: string;
  readonly index: readonly number[];
  /** The left side, from the subject's results. */
  readonly got: number;
  /** The right side, from the subject's results. */
  readonly expected: number;
  /** The largest allowed difference. */
  readonly allowed: number;
};

/** Checks a law on one sample, such as that of a counterexample. */
export async function judge<Name extends OperationName, Kind extends SampleKind>(
  law: Law<Name, Kind>,
  subject: Subject<NoInfer<Name>>,
  sample: Samples[Kind],
): Promise<Verdict> {
  try {
    const sides = await law.sides(operationsOf(law, subject), draw(law.samples, sample));
    if (isSide(sides)) return compare(sides);
    return worst(Object.entries<Side>(sides).map(([name, side]) => compare(side, name)));
  } catch (error) {
    if (error instanceof Fallen) return { error: Infinity, bound: 0, reason: error.message };
    throw error;
  }
}

/**
 * The verdict on one pair of sides. Elements with an infinite bound are ignored; if all are, the sample's bound is
 * infinite.
 */
export function compare([left, rightOperand, allowed = 0]: Side, side?: string): Verdict {
  const right = typeof rightOperand === 'number' ? known({ data: [rightOperand], shape: [] }) : rightOperand;
  const of = (values: ArrayLike<number>, i: number) => values[i % values.length]!;
  let found: Verdict = { error: 0, bound: Infinity };
  left.computed.forEach((got, i) => {
    const leftOut = typeof allowed === 'number' ? allowed : of(allowed, i);
    const bound = left.error[i]! + of(right.error, i) + leftOut;
    const size = left.channelSizes ? of(left.channelSizes, i) : left.size;
    const unit = size > 0 && Number.isFinite(size) ? size : 1;
    const expected = of(right.computed, i);
    const difference = Math.abs(got - expected);
    const error = (Number.isNaN(difference) ? Infinity : difference) / unit;
    if (severity({ error, bound: bound / unit }) <= severity(found)) return;
    const at = { ...(side === undefined ? {} : { side }), index: indexOf(i, left.shape), got, expected };
    found = { error, bound: bound / unit, at: { ...at, allowed: bound } };
  });
  return found;
}

/** The verdict with the largest error/bound; `{ error: 0, bound: Infinity }` without verdicts. */
export function worst(verdicts: readonly Verdict[]): Verdict {
  let found: Verdict = { error: 0, bound: Infinity };
  for (const verdict of verdicts) if (severity(verdict) > severity(found)) found = verdict;
  return found;
}

/** error/bound; −1 outside the law's domain, so that any sample inside counts for more. */
export function severity({ error, bound }: Verdict): number {
  if (!Number.isFinite(bound)) return -1;
  return error === 0 ? 0 : error / bound;
}

/** The subject gave no result that can be compared. */
class Fallen extends Error {}

/** The operations that a law needs: each call is evaluated by the subject and by `trackedSubject`. */
function operationsOf<Name extends OperationName>(
  { needs, bitForBit = false }: Pick<Law<Name>, 'needs' | 'bitForBit'>,
  subject: Subject<Name>,
): LawOperations<Name> {
  const roundoff = roundoffOf(subject);
  const tracked = trackedSubject(subject);
  const operation = (name: Name) => {
    return async (...args: readonly unknown[]): Promise<unknown> => {
      const handed = args.map((arg) => mapTree(arg, isJudged, (each) => handedOver(each, roundoff)));
      const forSubject = handed.map((arg) => mapTree(arg, isJudged, (each) => toValues(each, roundoff)));
      const results = await outcome(name, () => Reflect.apply(subject[name], subject, forSubject));
      if (bitForBit)
        return mapTree(results, isNoRecord, (each) => beside(name, known(toArray(name, each)), each));
      return besideAll(name, Reflect.apply(tracked[name], tracked, handed), results);
    };
  };
  return Object.fromEntries(needs.map((name) => [name, operation(name)])) as unknown as LawOperations<Name>;
}

async function outcome(name: string, call: () => unknown): Promise<unknown> {
  try {
    return await call();
  } catch (error) {
    throw new Fallen(`${name} threw ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Values as the subject gets them, rounded. Rounding adds its actual error if the value is known exactly, none for a
 * multiple by a power of two, and u(|x| + e) if the value has an error e.
 */
function handedOver(x: Judged, roundoff: number): Judged {
  if (x.stored) return x;
  const inSingle = roundoff > 2 ** -40;
  const computed = inSingle ? Float64Array.from(x.computed, Math.fround) : x.computed;
  const error = x.error.map((e, i) =>
    e === 0 && inSingle
      ? Math.abs(Math.fround(x.value[i]!) - x.value[i]!)
      : e + roundoff * (Math.abs(x.value[i]!) + e),
  );
  return { shape: x.shape, value: x.value, computed, error, size: largest(x.value) };
}

function toValues({ computed, shape }: Judged, roundoff: number): Values {
  return { data: roundoff > 2 ** -40 ? Float32Array.from(computed) : computed, shape };
}

/** Joins the subject's results with the tracked ones, record by record. */
function besideAll(name: string, expected: unknown, result: unknown): unknown {
  if (isTracked(expected)) return beside(name, expected, result);
  const results = (result ?? {}) as Readonly<Record<string, unknown>>;
  return mapRecord(expected as Readonly<Record<string, unknown>>, (each, key) =>
    besideAll(`${key} of ${name}`, each, results[key]),
  );
}

/** Joins a result with the tracked one. It must be a finite number wherever the exact result is. */
function beside(name: string, expected: Tracked, result: unknown): Judged {
  const { data, shape } = toArray(name, result);
  const computed = Float64Array.from(data);
  if (computed.length !== expected.value.length)
    throw new Fallen(`${name} gave shape [${shape}] for [${expected.shape}]`);
  const missing = computed.findIndex(
    (each, i) => !Number.isFinite(each) && Number.isFinite(expected.error[i]!),
  );
  if (missing >= 0) {
    const place = indexOf(missing, expected.shape);
    const wanted = Number.isFinite(expected.value[missing]!) ? ` for ${expected.value[missing]}` : '';
    throw new Fallen(`${name} gave ${computed[missing]}${wanted} at [${place}]`);
  }
  return { ...expected, computed, stored: true };
}

function toArray(name: string, result: unknown): Values {
  if (typeof result === 'number') return { data: Float64Array.of(result), shape: [] };
  if (!isValues(result) || result.data.length === 0) throw new Fallen(`${name} gave no values`);
  return result;
}

function isJudged(node: unknown): node is Judged {
  return isTracked(node) && 'computed' in node;
}

function isTracked(node: unknown): node is Tracked {
  return typeof node === 'object' && node !== null && 'value' in node && 'error' in node;
}

function isNoRecord(node: unknown): node is unknown {
  return typeof node !== 'object' || node === null || isValues(node);
}

function isSide(sides: Side | Readonly<Record<string, Side>>): sides is Side {
  return Array.isArray(sides);
}

/** Indices by axis of the i-th value, the last axis innermost. */
function indexOf(i: number, shape: readonly number[]): number[] {
  const index: number[] = [];
  let rest = i;
  for (const side of shape.toReversed()) {
    index.unshift(rest % side);
    rest = Math.floor(rest / side);
  }
  return index;
}
