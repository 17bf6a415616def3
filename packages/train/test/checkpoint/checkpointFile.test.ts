import { describe, expect, it } from 'vitest';
import { canonicalJson, withHash } from '../../src/checkpoint/checkpointFile.js';

describe('canonicalJson', () => {
  it('sorts the keys of every object, those in arrays too, and leaves arrays as they are', () => {
    const value = { b: 1, a: { d: null, c: [{ f: 'x', e: [2, 1] }] } };
    expect(canonicalJson(value)).toBe('{"a":{"c":[{"e":[2,1],"f":"x"}],"d":null},"b":1}');
    expect(canonicalJson({ b: 1, a: 2, c: 3 }, 1)).toBe('{\n "a": 2,\n "b": 1,\n "c": 3\n}');
  });
});

describe('withHash', () => {
  /** Eight bytes of length, a header of that length, and what follows. */
  const file = (header: string, rest = '') => {
    const bytes = Buffer.alloc(8 + header.length + rest.length);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header + rest, 8, 'latin1');
    return bytes;
  };
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1', 8);

  it('replaces a hash wherever it stands in the header, and leaves other bytes and its argument be', () => {
    const bytes = file('\u00e9 "sha256":"old", "other":"old"', '"sha256":"old"');
    expect(text(withHash(bytes, 'new', 'old'))).toBe('\u00e9 "sha256":"new", "other":"old""sha256":"old"');
    expect(text(bytes)).toBe('\u00e9 "sha256":"old", "other":"old""sha256":"old"');
    expect(withHash(bytes, 'new', 'one')).toEqual(new Uint8Array(bytes));
    expect(text(withHash(file('"sha256":"old"'), 'new', 'old'))).toBe('"sha256":"new"');
  });

  it('leaves be what stands behind the header', () => {
    const bytes = file('{}', '"sha256":"old"');
    expect(withHash(bytes, 'new', 'old')).toEqual(new Uint8Array(bytes));
  });
});
