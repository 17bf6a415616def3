import { cutEnd, cutMiddle, printable } from './printable.js';

/** The parts of a normlab message, and the place it comes from. */
export type Complaint = {
  /** The function, command or file that reports the error: `batchNormTrain`. */
  readonly where: string;
  /** The faulty argument: `scale`. */
  readonly what: string;
  /** What must hold: `have shape [C] with C = 4 (the last axis of x)`. */
  readonly rule: string;
  /** The given value, shown as JSON. If it is left out, the message shows no value. */
  readonly got?: unknown;
  /** What the user can do, if anything. */
  readonly hint?: string;
};

/** The property of each class's prototype that holds its name; the same symbol in every copy and version. */
const kind = Symbol.for('@normlab/errors/kind');

/**
 * Base class of all errors that normlab throws on purpose.
 *
 * The message is `<where>: <what> must <rule>, got <value> (<hint>).`; its parts stay readable in {@link
 * NormlabError.complaint}. It is one line, without control characters and shorter than a screen, whatever names and
 * values it contains; the complaint holds them complete.
 *
 * `instanceof` also recognizes an error of the same class from another copy of this package: npm installs two where two
 * packages ask for versions that no one copy satisfies.
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

  static {
    markKind(NormlabError, 'NormlabError');
    Object.defineProperty(NormlabError, Symbol.hasInstance, { value: isInstance });
  }
}

/** The `Symbol.hasInstance` of a class of this package, or of one that extends it. */
function isInstance(this: typeof NormlabError, value: unknown): boolean {
  if (Function.prototype[Symbol.hasInstance].call(this, value)) return true;
  // A subclass outside this package has no kind of its own: its errors are known by their prototypes only.
  const wanted = ownKind(this.prototype);
  return wanted !== undefined && kindsOf(value).includes(wanted);
}

/** Gives a class of this package its kind, by which other copies of the package recognize it. */
export function markKind(error: { readonly prototype: NormlabError }, name: string): void {
  Object.defineProperty(error.prototype, kind, { value: name });
}

function ownKind(prototype: object): unknown {
  return Object.getOwnPropertyDescriptor(prototype, kind)?.value;
}

/** The kinds of an object's class and of the classes that it extends. */
function kindsOf(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  const kinds: unknown[] = [];
  for (let each = Object.getPrototypeOf(value); each !== null; each = Object.getPrototypeOf(each)) {
    kinds.push(ownKind(each));
  }
  return kinds;
}

/**
 * The maximum length of each part of a message, in characters: at most 1 730 in total with the words between them,
 * which fits a terminal of 80 × 24.
 */
const most = { where: 300, what: 400, rule: 400, got: 200, hint: 400 } as const;

function messageOf({ where, what, rule, got, hint }: Complaint): string {
  const place = [cutMiddle(printable(where), most.where), cutMiddle(printable(what) || '""', most.what)].join(
    ': ',
  );
  const value = got === undefined ? '' : `, got ${cutEnd(printable(shown(got)), most.got)}`;
  const way = hint === undefined ? '' : ` (${cutEnd(printable(hint), most.hint)})`;
  return `${place} must ${cutEnd(printable(rule), most.rule)}${value}${way}.`;
}

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'function') return `function ${value.name}`;
  try {
    return JSON.stringify(value, marked)?.replace(marks, '$1') ?? String(value);
  } catch {
    // The value is nested too deeply for the stack, cyclic, longer than a string may be, or contains a BigInt.
    return Array.isArray(value) ? 'an array that JSON cannot show' : 'an object that JSON cannot show';
  }
}

/** NaN and infinities, which JSON would show as null, marked to be shown as JavaScript writes them. */
function marked(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? `\0${value}` : value;
}

const marks = /"\\u0000(NaN|-?Infinity)"/g;
