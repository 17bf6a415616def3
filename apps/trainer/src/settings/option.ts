import { z } from 'zod';

/** The known values of a command's options, by key. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * A condition on another option of the same command, which must be `given`, be `absent`, or have one of the listed
 * values; an `N` at the end of a value means any number.
 */
export type Condition = { readonly key: string; readonly is: 'given' | 'absent' | readonly string[] };

/** A default: a value, or a function `by` of other options, `of`, or a default of the package that reads the setting. */
export type Fallback =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly by: (values: Values) => unknown; readonly of: readonly string[]; readonly shown: string }
  | { readonly shown: string };

/** Everything about one option of the command line. Its key in the table is also its key in recipes. */
export type Option<Schema extends z.ZodType = z.ZodType> = {
  /** The placeholder of the value in the help: `<n>`. A switch has no placeholder. */
  readonly value?: string;
  readonly about: string;
  /** The accepted values; each message is the violated rule, as in "must be an integer ≥ 1". */
  readonly schema: Schema;
  /** Valid names, if the schema does not list them. */
  readonly names?: readonly string[];
  readonly fallback?: Fallback;
  /** Whether there is always a value: because of an unconditional default, or because the option is required. */
  readonly always?: boolean;
  /** The conditions under which it has a meaning: all must hold. Always, by default. */
  readonly only?: readonly Condition[];
  /** The rule that is violated if it has a meaning but no value, given the other values. */
  readonly required?: (values: Values) => string;
  /** The option that it replaces: giving one discards the other, and giving both at once is refused. */
  readonly insteadOf?: string;
  /**
   * Whether runs that differ in it are still the same experiment: it says where a run computes and what is written
   * beside the results, and at most changes their last bits.
   */
  readonly decidesNothing?: true;
  /** The heading under which the help lists it. */
  readonly group?: string;
};

export type Options = Readonly<Record<string, Option>>;

type ShapeOf<Rows extends Options> = {
  [Key in keyof Rows]: Rows[Key] extends { readonly always: true }
    ? Rows[Key]['schema']
    : z.ZodExactOptional<Rows[Key]['schema']>;
};

/** The values of a table's options, resolved: an absent option was not given and has no default. */
export type Resolved<Rows extends Options> = z.infer<z.ZodObject<ShapeOf<Rows>, z.core.$strict>>;

/** The values of some of a table's options. */
export type SomeOf<Rows extends Options> = Partial<Resolved<Rows>>;

/** The schema of a table's values, in the order of the table. */
export function schemaOf<Rows extends Options>(rows: Rows): z.ZodObject<ShapeOf<Rows>, z.core.$strict> {
  const entries = Object.entries(rows).map(([key, { schema, always }]) => [
    key,
    always === true ? schema : schema.exactOptional(),
  ]);
  return z.strictObject(Object.fromEntries(entries) as ShapeOf<Rows>);
}

/** A row of a table of options; keeps the type of its values. */
export function option<const Row extends Option>(row: Row): Row {
  return row;
}

/** `learningRate` as it is written on the command line: `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The names that an option, or each element of its list, accepts; empty if it accepts other values. */
export function namesOf({ names, schema }: Option): readonly string[] {
  if (names !== undefined) return names;
  return Object.keys(innermost(schema).entries ?? {});
}

/** How a flag's text becomes a value. */
export type Reading = { readonly what: 'text' | 'number' | 'switch'; readonly isList: boolean };

export function readingOf({ schema }: Option): Reading {
  const { type, isList } = innermost(schema);
  const what = type === 'number' ? 'number' : type === 'boolean' ? 'switch' : 'text';
  return { what, isList };
}

/** A condition as the help writes it: `with --schedule exponential or cosine`, `without --spec`. */
export function conditionText({ key, is }: Condition): string {
  if (is === 'given') return `with ${flagOf(key)}`;
  if (is === 'absent') return `without ${flagOf(key)}`;
  const last = is.at(-1);
  const names = is.length > 1 ? `${is.slice(0, -1).join(', ')} or ${last}` : last;
  return `with ${flagOf(key)} ${names}`;
}

/** A default as the help writes it; '' if there is nothing to show. */
export function fallbackText({ fallback }: Option): string {
  if (fallback === undefined || typeof fallback === 'boolean') return '';
  return typeof fallback === 'object' && 'shown' in fallback ? fallback.shown : String(fallback);
}

type Definition = {
  readonly type: string;
  readonly innerType?: { readonly def: Definition };
  readonly element?: { readonly def: Definition };
  readonly options?: readonly { readonly def: Definition }[];
  /** Those of an enum, by name. */
  readonly entries?: Readonly<Record<string, unknown>>;
};

function innermost(schema: z.ZodType): Definition & { readonly isList: boolean } {
  let def: Definition = schema.def as Definition;
  let isList = false;
  for (;;) {
    if (def.type === 'array') isList = true;
    // The first form of several is the one that flags have.
    const next = def.innerType ?? def.element ?? def.options?.[0];
    if (next === undefined) return { ...def, isList };
    def = next.def;
  }
}
