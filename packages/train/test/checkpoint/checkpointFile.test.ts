import { describe, expect, it } from 'vitest';
import { canonicalJson, withHash } from '../../src/checkpoint/checkpointFile.js';

describe('canonicalJson', () => {
  it('sorts the keys of every object, those in arrays too, and leaves arrays as they are', () => {
    const value = { b: 1, a: { d: null, c: [{ f: 'x', e: [2, 1] }] } };
    expect(canonicalJson(value)).toBe('{"a":{"c":[{"e":[2,1],"f":"x"}],"d":null},"b":1}');
    expect(canonicalJson({ b: 1, a: 2 }, 1)).toBe('{\n "a": 2,\n "b": 1\n}');
  });
});

describe('withHash', () => {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString();

  it('replaces a hash wherever it stands, and leaves other bytes and its argument be', () => {
    const bytes = Buffer.from('"sha256":"old", "other":"old"');
    expect(text(withHash(bytes, 'new', 'old'))).toBe('"sha256":"new", "other":"old"');
    expect(text(bytes)).toBe('"sha256":"old", "other":"old"');
    expect(text(withHash(bytes, 'new', 'one'))).toBe(text(bytes));
  });
});
