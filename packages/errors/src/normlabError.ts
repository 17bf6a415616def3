import { cutEnd, cutMiddle, printable } from './printable.js';

/** The four parts every normlab message is made of, and the place it comes from. */
export type Complaint = {
  /** The function, command or file that complains: `batchNormTrain`. */
  readonly where: string;
  /** The argument at fault: `scale`. */
  readonly what: string;
  /** What must hold: `have shape [C] with C = 4 (the last axis of x)`. */
  readonly rule: string;
  /** What was given; shown as JSON. Left out, the message says no value. */
  readonly got?: unknown;
  /** The way out, where there is one. */
  readonly hint?: string;
};

/**
 * Base of all errors that normlab throws on purpose.
 *
 * The message is `<where>: <what> must <rule>, got <value> (<hint>).`; its parts stay readable in
 * {@link NormlabError.complaint}. It is one line, without control characters and shorter than a screen, whatever
 * names and values are in it; the complaint has them whole.
 *
 * @example
 * ```ts
 * new OptionError({ where: 'sgd', what: 'decay', rule: 'be in [0, 1)', got: 2 }).message;
 * // 'sgd: decay must be in [0, 1), got 2.'
 * ```
 */
export class NormlabError extends Error {
  override readonly name: string = 'NormlabError';
  readonly complaint: Complaint;

  constructor(complaint: Complaint, options?: ErrorOptions) {
    super(messageOf(complaint), options);
    this.complaint = complaint;
  }
}

/**
 * The longest that each part of a message gets, in characters: with the words between, at most 1 730 in all, which is
 * less than a terminal of 80 × 24 holds.
 */
const most = { where: 300, what: 400, rule: 400, got: 200, hint: 400 } as const;

function messageOf({ where, what, rule, got, hint }: Complaint): string {
  const place = [cutMiddle(printable(where), most.where), cutMiddle(printable(what), most.what)].join(': ');
  const value = got === undefined ? '' : `, got ${cutEnd(printable(shown(got)), most.got)}`;
  const way = hint === undefined ? '' : ` (${cutEnd(printable(hint), most.hint)})`;
  return `${place} must ${cutEnd(printable(rule), most.rule)}${value}${way}.`;
}

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    // Nested deeper than the stack goes, cyclic, longer than a string may be, or with a BigInt in it.
    return Array.isArray(value) ? 'an array that JSON cannot show' : 'an object that JSON cannot show';
  }
}
