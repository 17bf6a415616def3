import { expect, it } from 'vitest';
import { repeatedKey } from '../src/repeatedKey.js';

it.each([
  ['{"a":1,"a":2}', 'a'],
  ['{"a":1, "b":{"c":[],"c" : 2}}', 'c'],
  ['{"\\u0061":1,"a":2}', 'a'],
  ['[{"a":1},{"b":2,"b":3}]', 'b'],
  ['{"a\\"":1,"b":"x","a\\"":1}', 'a"'],
  ['{"a":{"a":1},"b":{"a":[{"a":2}]}}', undefined],
  ['{"a":"a","b":"a","c":["a","a"]}', undefined],
  ['{"a":"\\\\","b":"{\\"b\\":1}"}', undefined],
  ['{"__proto__":1,"__proto__":1}', '__proto__'],
  ['[]', undefined],
  ['"a:"', undefined],
])('repeatedKey(%s) = %j', (json, key) => {
  JSON.parse(json);
  expect(repeatedKey(json)).toBe(key);
});

it('takes a text as deep as JSON.parse does', () => {
  const depth = 50_000;
  expect(repeatedKey(`${'['.repeat(depth)}{"a":1,"a":1}${']'.repeat(depth)}`)).toBe('a');
});
