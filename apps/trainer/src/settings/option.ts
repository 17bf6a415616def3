import { z } from 'zod';

/** The values of a command's options by key, as far as they are known. */
export type Values = Readonly<Record<string, unknown>>;

/**
 * A condition on another option of the same command, which must be `given`, be `absent`, or have one of some values;
 * in a value, `N` at the end stands for any number.
 */
export type Condition = { readonly key: string; readonly is: 'given' | 'absent' | readonly string[] };

/** A default: a value, or one that other options decide, or one that the package decides that reads the setting. */
export type Fallback =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly by: (values: Values) => unknown; readonly shown: string }
  | { readonly shown: string };

/** One option of the command line: all that is known of it. Its key in the table is the key in recipes, too. */
export type Option<Schema extends z.ZodType = z.ZodType> = {
  /** What stands for the value in the help: `<n>`. A switch has none. */
  readonly value?: string;
  readonly about: string;
  /** What values it takes; each message is the rule that is broken, as in "must be an integer ≥ 1". */
  readonly schema: Schema;
  /** Valid names, where the schema itself does not list them. */
  readonly names?: readonly string[];
  readonly fallback?: Fallback;
  /** Whether there is a value in any case: by a fallback that stands under no condition, or because it is required. */
  readonly always?: boolean;
  /** Where it has a meaning: all of these must hold. Anywhere, by default. */
  readonly only?: readonly Condition[];
  /** The rule that is broken where it has a meaning and no value, from the other values. */
  readonly required?: (values: Values) => string;
  /** The option whose place it takes: giving one puts the other aside, and giving both at once is refused. */
  readonly insteadOf?: string;
  /** Heading under which the help and the README list it. */
  readonly group?: string;
};

export type Options = Readonly<Record<string, Option>>;

type ShapeOf<Rows extends Options> = {
  [Key in keyof Rows]: Rows[Key] extends { readonly always: true }
    ? Rows[Key]['schema']
    : z.ZodExactOptional<Rows[Key]['schema']>;
};

/** The values of a table's options, resolved: absent ones have neither been given nor a fallback. */
export type Resolved<Rows extends Options> = z.infer<z.ZodObject<ShapeOf<Rows>, z.core.$strict>>;

/** The values of some of a table's options. */
export type SomeOf<Rows extends Options> = Partial<Resolved<Rows>>;

/** The schema of a table's values, in the table's order. */
export function schemaOf<Rows extends Options>(rows: Rows): z.ZodObject<ShapeOf<Rows>, z.core.$strict> {
  const entries = Object.entries(rows).map(([key, { schema, always }]) => [
    key,
    always === true ? schema : schema.exactOptional(),
  ]);
  return z.strictObject(Object.fromEntries(entries) as ShapeOf<Rows>);
}

/** A row of a table of options, with the type of its values kept. */
export function option<const Row extends Option>(row: Row): Row {
  return row;
}

/** `learningRate` as it is written on the command line: `--learning-rate`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The names that an option takes, or that a list of them is made of; none where it takes other values. */
export function namesOf({ names, schema }: Option): readonly string[] {
  if (names !== undefined) return names;
  const inner = innermost(schema);
  return inner.type === 'enum' ? Object.keys(inner.entries ?? {}) : [];
}

/** How a flag's text becomes a value. */
export type Reading = { readonly what: 'text' | 'number' | 'switch'; readonly isList: boolean };

export function readingOf({ schema }: Option): Reading {
  const { type, isList } = innermost(schema);
  const what = type === 'number' ? 'number' : type === 'boolean' ? 'switch' : 'text';
  return { what, isList };
}

/** A condition in the words of the command line: `with --schedule exponential or cosine`, `without --spec`. */
export function conditionText({ key, is }: Condition): string {
  if (is === 'given') return `with ${flagOf(key)}`;
  if (is === 'absent') return `without ${flagOf(key)}`;
  const last = is.at(-1);
  const names = is.length > 1 ? `${is.slice(0, -1).join(', ')} or ${last}` : last;
  return `with ${flagOf(key)} ${names}`;
}

/** A default in the words of the help; '' where there is none to speak of. */
export function fallbackText({ fallback }: Option): string {
  if (fallback === undefined || typeof fallback === 'boolean') return '';
  return typeof fallback === 'object' && 'shown' in fallback ? fallback.shown : String(fallback);
}

type Definition = {
  readonly type: string;
  readonly innerType?: { readonly def: Definition };
  readonly element?: { readonly def: Definition };
  readonly entries?: Readonly<Record<string, unknown>>;
};

function innermost(schema: z.ZodType): Definition & { readonly isList: boolean } {
  let def: Definition = schema.def as Definition;
  let isList = false;
  for (;;) {
    if (def.type === 'array') isList = true;
    const next = def.innerType ?? def.element;
    if (next === undefined) return { ...def, isList };
    def = next.def;
  }
}
