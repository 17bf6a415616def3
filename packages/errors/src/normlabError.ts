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
 * {@link NormlabError.complaint}.
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

function messageOf({ where, what, rule, got, hint }: Complaint): string {
  const value = got === undefined ? '' : `, got ${shown(got)}`;
  const way = hint === undefined ? '' : ` (${hint})`;
  return `${where}: ${what} must ${rule}${value}${way}.`;
}

function shown(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  const text = typeof value === 'function' ? `function ${value.name}` : JSON.stringify(value);
  if (text === undefined) return String(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}
