import type { RandomStream } from '@normlab/random';
import { damageBytes } from './damageBytes.js';

/** The text of a JSON value with one to three faults in its values or keys, and sometimes in its characters. */
export function damageJson(value: unknown, stream: RandomStream): string {
  let damaged = structuredClone(value);
  for (let fault = stream.integer(3); fault >= 0; fault--) damaged = damageValue(damaged, stream);
  const text = textOf(damaged);
  switch (stream.integer(8)) {
    case 0:
      return `\uFEFF${text}`;
    case 1:
      return damageBytes(Buffer.from(text), stream).toString();
    default:
      return text;
  }
}

/** A value with one fault at a random place in it. */
function damageValue(value: unknown, stream: RandomStream): unknown {
  const isInner = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  if (!isInner || stream.integer(6) === 0) return strange(stream);
  const keys = Object.keys(value);
  const key = keys[stream.integer(keys.length)]!;
  const inner: unknown = Reflect.get(value, key);
  if (Array.isArray(value)) {
    const copy: unknown[] = [...value];
    const place = Number(key);
    switch (stream.integer(4)) {
      case 0:
        copy.splice(place, 1);
        break;
      case 1:
        copy.splice(place, 0, inner);
        break;
      default:
        copy[place] = damageValue(inner, stream);
    }
    return copy;
  }
  const entries = Object.entries(value);
  switch (stream.integer(5)) {
    case 0:
      return Object.fromEntries(entries.filter(([name]) => name !== key));
    case 1:
      return Object.fromEntries([
        ...entries,
        [strangeKeys[stream.integer(strangeKeys.length)]!, strange(stream)],
      ]);
    case 2:
      return Object.fromEntries([...entries, [keys[stream.integer(keys.length)]!, inner]]);
    default:
      return Object.fromEntries(
        entries.map(([name, each]) => [name, name === key ? damageValue(each, stream) : each]),
      );
  }
}

const strangeKeys = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'length',
  'unknown',
  'a/b',
  '\u202e\u001b[2J',
];

function strange(stream: RandomStream): unknown {
  const make = strangeValues[stream.integer(strangeValues.length)]!;
  return make(stream);
}

const strangeValues: readonly ((stream: RandomStream) => unknown)[] = [
  () => null,
  () => true,
  () => '',
  () => [],
  () => ({}),
  () => 0,
  () => -1,
  () => 0.5,
  () => 1e308,
  () => -1e-308,
  () => 2 ** 31,
  () => 2 ** 53,
  () => Number.MAX_SAFE_INTEGER + 2,
  () => 'NaN',
  () => '../../etc',
  () => '\u001b]0;title\u0007\u202e',
  (stream) => 'x'.repeat(stream.integer(5000)),
  (stream) => stream.integer(1000),
  (stream) => Array.from({ length: stream.integer(300) }, (_, index) => index),
  (stream) => nested(stream.integer(3000)),
];

/** Lists in lists: what reads them by recursion overflows its stack. */
function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { layers: value };
  return value;
}

/** JSON; of a value that is nested too deeply to be written, what is left of it. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return '['.repeat(100_000);
  }
}
