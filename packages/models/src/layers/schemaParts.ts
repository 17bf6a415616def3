import * as v from 'valibot';

// Each message is the rule that an error names after "must"; the JSON Schema is generated from the same objects.
// Backends compute with 32-bit integers.
const largestInteger = 2 ** 31 - 1;
const nameRule = 'be a name: letters, digits, "_", "." and "-", in parts joined by "/"';

export const positiveInteger = v.pipe(
  v.number('be a positive integer'),
  v.integer('be a positive integer'),
  v.minValue(1, 'be a positive integer'),
  v.maxValue(largestInteger, `be at most ${largestInteger}`),
);

export const flag = v.boolean('be true or false');

/** A finite number of at least 0. */
export const notNegative = v.pipe(
  v.number('be a number ≥ 0'),
  v.finite('be a number ≥ 0'),
  v.minValue(0, 'be a number ≥ 0'),
);

export const name = v.pipe(
  v.string(nameRule),
  v.regex(/^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/, nameRule),
  v.description(
    'The layer’s name in paths of variables and taps; inside a residual it follows the residual’s name and a slash',
  ),
);

/** One of a list of words. */
export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return v.picklist(values, listed(values));
}

/** The rule that a value is one of a list of words. */
export function listed(values: readonly string[]): string {
  return `be one of ${values.map((each) => `"${each}"`).join(', ')}`;
}

/** An object with these keys and no others. A missing key breaks the rule of its own schema. */
export function objectOf<const Entries extends v.ObjectEntries>(entries: Entries, text: string) {
  const rule = ({ path, expected }: v.StrictObjectIssue) => {
    const missing = expected === 'never' ? undefined : entries[String(path?.[0].key)];
    return missing === undefined ? 'be an object' : v.safeParse(missing, undefined).issues![0].message;
  };
  return v.pipe(v.strictObject(entries, rule), v.description(text));
}

/** A layer of a type, with its own fields. */
export function layerOf<const Type extends string, const Fields extends v.ObjectEntries>(
  type: Type,
  fields: Fields,
  text: string,
) {
  return objectOf({ type: v.literal(type), name, ...fields }, text);
}

/** A schema with what the JSON Schema says of it. */
export function described<const Schema extends v.GenericSchema>(schema: Schema, text: string) {
  return v.pipe(schema, v.description(text));
}
