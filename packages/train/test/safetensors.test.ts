import { messageOf } from '@normlab/testing';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '@normlab/train';
import { describe, expect, it } from 'vitest';

const content: Safetensors = {
  entries: {
    'b/second': { dtype: 'I32', shape: [3], values: Int32Array.of(-1, 0, 7) },
    'a/first': { dtype: 'F32', shape: [2, 1], values: Float32Array.of(1, -0.5) },
    'c/scalar': { dtype: 'F32', shape: [], values: Float32Array.of(3) },
    'd/empty': { dtype: 'F32', shape: [0, 4], values: new Float32Array(0) },
  },
  metadata: { zeta: '1', alpha: 'two' },
};

/** Bytes of a file with the given header. */
function fileOf(header: unknown, data: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe('encodeSafetensors', () => {
  it('decode(encode(x)) = x', () => {
    expect(decodeSafetensors(encodeSafetensors(content), 'x')).toEqual(content);
  });

  it('follows the format’s layout: length, sorted header, arrays, little-endian', () => {
    const bytes = encodeSafetensors(content);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const header = new TextDecoder().decode(bytes.subarray(8, 8 + length));
    expect(length % 8).toBe(0);
    expect(header.trimEnd()).toMatchInlineSnapshot(
      `"{"__metadata__":{"alpha":"two","zeta":"1"},"a/first":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b/second":{"dtype":"I32","shape":[3],"data_offsets":[8,20]},"c/scalar":{"dtype":"F32","shape":[],"data_offsets":[20,24]},"d/empty":{"dtype":"F32","shape":[0,4],"data_offsets":[24,24]}}"`,
    );
    // 1, −0.5 as float32, −1, 0, 7 as int32, 3 as float32.
    expect(Buffer.from(bytes.subarray(8 + length)).toString('hex')).toBe(
      ['0000803f', '000000bf', 'ffffffff', '00000000', '07000000', '00004040'].join(''),
    );
  });

  it('equal contents give equal bytes, in any order', () => {
    const turned = {
      entries: Object.fromEntries(Object.entries(content.entries).reverse()),
      metadata: Object.fromEntries(Object.entries(content.metadata).reverse()),
    };
    expect(encodeSafetensors(turned)).toEqual(encodeSafetensors(content));
  });

  it('accepts arrays that are views of a part of their buffer', () => {
    const values = Float32Array.of(9, 8, 7, 6).subarray(1, 3);
    const entry = { dtype: 'F32', shape: [2], values } as const;
    const decoded = decodeSafetensors(encodeSafetensors({ entries: { entry }, metadata: {} }), 'x');
    expect(decoded.entries.entry!.values).toEqual(Float32Array.of(8, 7));
  });
});

describe('decodeSafetensors', () => {
  it('names the file, what is wrong with it, and what to do', async () => {
    const bytes = encodeSafetensors(content);
    const f32 = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };
    const wrong = [
      bytes.subarray(0, 5),
      bytes.subarray(0, 100),
      bytes.subarray(0, -1),
      Uint8Array.of(...bytes, 0),
      fileOf('PNG', 0),
      fileOf('[1]', 0),
      fileOf({ __metadata__: { a: 1 } }, 0),
      fileOf({ __metadata__: ['a'] }, 0),
      fileOf({ __metadata__: 'a' }, 0),
      fileOf({ __metadata__: null }, 0),
      fileOf('{"w":', 0),
      // 0xFF is no UTF-8.
      Uint8Array.of(...fileOf('{"__metadata__":{"a":"?"}}', 0)).fill(0xff, 30, 31),
      new Uint8Array(8),
      fileOf({ w: null }, 0),
      fileOf({ w: { ...f32, shape: [-1, -1] } }, 4),
      fileOf({ w: { ...f32, data_offsets: [0, 4, 8] } }, 4),
      fileOf({ w: { ...f32, dtype: 'BF16' } }, 4),
      fileOf({ w: { ...f32, shape: [2] } }, 4),
      fileOf({ w: { ...f32, data_offsets: [4, 0] } }, 4),
      fileOf(`{"w":${JSON.stringify(f32)},"w":${JSON.stringify(f32)}}`, 4),
      fileOf('{"w":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}', 4),
      fileOf('{"__metadata__":{"a":"1","a":"2"}}', 0),
      fileOf({ v: f32, w: f32 }, 4),
      fileOf({ v: f32, w: { ...f32, data_offsets: [8, 12] } }, 12),
      fileOf({ w: { ...f32, data_offsets: [4, 8] } }, 8),
      fileOf(` ${JSON.stringify({ w: f32 })}`, 4),
      fileOf(`\uFEFF${JSON.stringify({ w: f32 })}`, 4),
      fileOf({ w: { ...f32, shape: [2 ** 60, 2 ** 60] } }, 4),
      fileOf(`{"w":${'['.repeat(20_000)}${']'.repeat(20_000)}}`, 0),
    ];
    const messages = wrong.map((each) => messageOf(() => decodeSafetensors(each, 'run/w.safetensors')));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "DataError: decodeSafetensors: run/w.safetensors must hold the 8 bytes that its header announces, got "5 bytes" (it was cut short or is not a safetensors file: use another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must hold the 304 bytes that its header announces, got "100 bytes" (it was cut short or is not a safetensors file: use another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must hold the 328 bytes that its header announces, got "327 bytes" (it was cut short or is not a safetensors file: use another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must end after 328 bytes, got "329 bytes".",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must have strings only in its __metadata__.",
        "DataError: decodeSafetensors: run/w.safetensors must have strings only in its __metadata__.",
        "DataError: decodeSafetensors: run/w.safetensors must have strings only in its __metadata__.",
        "DataError: decodeSafetensors: run/w.safetensors must have strings only in its __metadata__.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got null.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got {"dtype":"F32","shape":[-1,-1],"data_offsets":[0,4]}.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got {"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got {"dtype":"BF16","shape":[1],"data_offsets":[0,4]}.",
        "DataError: decodeSafetensors: run/w.safetensors must give w as many bytes as its shape [2] needs, got 4.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got {"dtype":"F32","shape":[1],"data_offsets":[4,0]}.",
        "DataError: decodeSafetensors: run/w.safetensors must have each name once in its header, got "w".",
        "DataError: decodeSafetensors: run/w.safetensors must have each name once in its header, got "dtype".",
        "DataError: decodeSafetensors: run/w.safetensors must have each name once in its header, got "a".",
        "DataError: decodeSafetensors: run/w.safetensors must have w begin where the array before it ends, at 4, got 0.",
        "DataError: decodeSafetensors: run/w.safetensors must have w begin where the array before it ends, at 4, got 8.",
        "DataError: decodeSafetensors: run/w.safetensors must have w begin where the array before it ends, at 0, got 4.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got {"dtype":"F32","shape":[1152921504606847000,1152921504606847000],"data_offsets":[0,4]}.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w as F32 or I32 with shape and offsets, got an array that JSON cannot show.",
      ]
    `);
  });

  it('takes arrays in any order of their places, and empty ones between them', () => {
    const [one, two] = [Float32Array.of(1), Float32Array.of(2)];
    const f32 = { dtype: 'F32', shape: [1] };
    const described = {
      last: { ...f32, data_offsets: [4, 8] },
      none: { dtype: 'F32', shape: [0], data_offsets: [4, 4] },
      first: { ...f32, data_offsets: [0, 4] },
    };
    for (const header of [described, Object.fromEntries(Object.entries(described).reverse())]) {
      const bytes = fileOf(header, 8);
      bytes.set(new Uint8Array(Float32Array.of(1, 2).buffer), bytes.length - 8);
      const { entries } = decodeSafetensors(bytes, 'x');
      const none = new Float32Array(0);
      expect(Object.entries(entries).map(([name, { values }]) => [name, values])).toEqual(
        Object.keys(header).map((name) => [name, { first: one, none, last: two }[name]]),
      );
    }
  });

  it('reports the byte offset of the fault', () => {
    const bytes = encodeSafetensors(content);
    expect(() => decodeSafetensors(bytes.subarray(0, -1), 'x')).toThrow(
      expect.objectContaining({ file: 'x', byteOffset: bytes.length - 1 }),
    );
  });
});

describe('what is written can be read', () => {
  const one = { dtype: 'F32', shape: [1], values: Float32Array.of(1) } as const;

  it.each(['__proto__', 'constructor', 'toString', '', '0', 'a\n"\\', '猫'])(
    'an array and a string named %j',
    (name) => {
      const named = {
        entries: Object.fromEntries([[name, one]]),
        metadata: Object.fromEntries([[name, name]]),
      };
      const decoded = decodeSafetensors(encodeSafetensors(named), 'x');
      expect(Object.entries(decoded.entries)).toEqual([[name, one]]);
      expect(Object.entries(decoded.metadata)).toEqual([[name, name]]);
    },
  );

  it('refuses to write what no reader takes', async () => {
    const of = (entries: Safetensors['entries'], metadata = {}) =>
      messageOf(() => encodeSafetensors({ entries, metadata }));
    expect([
      await of({ __metadata__: one }),
      await of({ 'a\uD800': one }),
      await of({}, { a: '\uDC00' }),
      await of({ a: { ...one, shape: [2] } }),
      await of({ a: { ...one, dtype: 'I32' } }),
      await of({ a: { ...one, shape: [-1] } }),
    ]).toMatchInlineSnapshot(`
      [
        "TrainError: encodeSafetensors: the name of an array must not be that of the metadata, got "__metadata__".",
        "TrainError: encodeSafetensors: the name of an array must be whole Unicode text, got "a\\ud800".",
        "TrainError: encodeSafetensors: a string of the metadata must be whole Unicode text, got "\\udc00".",
        "TrainError: encodeSafetensors: a must have as many values as its shape [2] takes, got 1.",
        "TrainError: encodeSafetensors: a must be of type I32, got "Float32Array".",
        "TrainError: encodeSafetensors: a must have as many values as its shape [-1] takes, got 1.",
      ]
    `);
  });

  it('refuses a header longer than the format allows, 100 000 000 bytes', () => {
    const ofLength = (length: number) => {
      const bytes = new Uint8Array(8 + length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
      return bytes;
    };
    expect(() => decodeSafetensors(ofLength(100_000_008), 'x')).toThrow(
      'x must have a header of at most 100000000 bytes, got 100000008.',
    );
    // Short enough, but no header.
    expect(() => decodeSafetensors(ofLength(100_000_000), 'x')).toThrow('x must be a safetensors file');

    const written = (length: number) => {
      const around = JSON.stringify({ __metadata__: { a: '' } }).length;
      return encodeSafetensors({ entries: {}, metadata: { a: 'x'.repeat(length - around) } }).length;
    };
    expect(written(100_000_000)).toBe(100_000_008);
    expect(() => written(100_000_001)).toThrow(
      'encodeSafetensors: the header must take at most 100000000 bytes, got 100000008.',
    );
  });
});
