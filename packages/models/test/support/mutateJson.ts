import fc from 'fast-check';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One to three random changes of a document: values, keys, and items put in, taken out, doubled or exchanged. */
export function mutations(document: Json, items: readonly unknown[]): fc.Arbitrary<Json> {
  const parts: readonly Json[] = JSON.parse(JSON.stringify(items));
  const change = fc.record({
    place: fc.nat(),
    other: fc.nat(),
    kind: fc.nat(9),
    value: values(parts),
    word: keys,
    number: numbers,
  });
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) =>
      changes.reduce<Json>((changed, each) => mutate(changed, each), structuredClone(document)),
    );
}

type Change = {
  readonly place: number;
  readonly other: number;
  readonly kind: number;
  readonly value: Json;
  readonly word: string;
  readonly number: number;
};

/** Such as a network may have, and such as none can. */
const numbers = fc.oneof(
  { arbitrary: fc.integer({ min: 1, max: 6 }), weight: 6 },
  {
    arbitrary: fc.constantFrom(0, -1, 0.5, 1.5, 1e-9, 1e3, 2 ** 20, 2 ** 31 - 1, 2 ** 31, 1e16, 1e300),
    weight: 2,
  },
  { arbitrary: fc.constantFrom(-0, 5e-324, 2 ** 53, Number.MAX_VALUE), weight: 1 },
);

const words = fc.constantFrom(
  ...['conv', 'norm', 'affine', 'activation', 'pool', 'dropout', 'globalPool', 'dense', 'residual', 'covn'],
  ...['batch', 'layer', 'group', 'instance', 'plain', 'weight-norm', 'weight-standardized'],
  ...[
    'same',
    'valid',
    'ceil',
    'max',
    'average',
    'relu',
    'prelu',
    'tanh',
    'gelu',
    '',
    'a/b',
    '/a',
    'a//b',
    '..',
    'ä',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'conv1',
    'norm1',
    '1',
    '96',
    'a\n',
    'x'.repeat(99),
  ],
);

const keys = fc.constantFrom(
  ...[
    'type',
    'name',
    'layers',
    'channels',
    'kernel',
    'stride',
    'padding',
    'bias',
    'gain',
    'epsilon',
    'decay',
    'groups',
    'weights',
    'shortcut',
  ],
  ...[
    'kind',
    'size',
    'dropRate',
    'units',
    'input',
    'classes',
    '__proto__',
    'constructor',
    'toJSON',
    'length',
  ],
  ...['chanels', ''],
);

function values(parts: readonly Json[]): fc.Arbitrary<Json> {
  return fc.oneof(
    fc.constantFrom<Json>(null, true, false, [], {}, [[]], [8, 8, 3], { type: 'conv' }),
    numbers,
    words,
    fc.constantFrom(...parts).map((part) => structuredClone(part)),
    fc.dictionary(keys, fc.oneof(numbers, words, fc.boolean()), { maxKeys: 4, noNullPrototype: true }),
  );
}

/** A container in the document, with one of its keys or indices. */
type Place = { readonly holder: Json[] | { [key: string]: Json }; readonly key: string };

function placesIn(value: Json): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const inner = Reflect.get(value, key);
    return [{ holder: value, key }, ...placesIn(inner)];
  });
}

function mutate(document: Json, { place, other, kind, value, word, number }: Change): Json {
  const places = placesIn(document);
  const chosen = places[place % places.length];
  const another = places[other % Math.max(1, places.length)];
  if (chosen === undefined || another === undefined) return value;
  const { holder, key } = chosen;
  const numeric = places.filter((each) => typeof Reflect.get(each.holder, each.key) === 'number');
  const counted = numeric[place % Math.max(1, numeric.length)];
  switch (kind) {
    case 0:
      write(chosen, value);
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 2:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, value);
      else write({ holder, key: `${key}s` }, value);
      break;
    case 3:
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(holder[Number(key)]!));
      break;
    case 4: {
      // Exchanged as copies: one may lie in the other.
      const [first, second] = [chosen, another].map((each) =>
        structuredClone(Reflect.get(each.holder, each.key)),
      );
      write(another, first!);
      write(chosen, second!);
      break;
    }
    case 5:
      if (!Array.isArray(holder)) write({ holder, key: word }, value);
      break;
    default:
      // Mostly numbers: other changes seldom leave a network.
      if (counted !== undefined) write(counted, number);
  }
  return document;
}

/** As JSON.parse writes: `__proto__` is a key like others. */
function write({ holder, key }: Place, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true });
}
