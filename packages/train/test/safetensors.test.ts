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

/** Bytes of a file with a header of one's own. */
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

  it('lays the file out as the format has it: length, sorted header, arrays, little-endian', () => {
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

  it('equal contents give equal bytes, in whatever order they come', () => {
    const turned = {
      entries: Object.fromEntries(Object.entries(content.entries).reverse()),
      metadata: Object.fromEntries(Object.entries(content.metadata).reverse()),
    };
    expect(encodeSafetensors(turned)).toEqual(encodeSafetensors(content));
  });

  it('takes arrays that are views of a part of their memory', () => {
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
      fileOf({ w: { ...f32, dtype: 'BF16' } }, 4),
      fileOf({ w: { ...f32, shape: [2] } }, 4),
      fileOf({ w: { ...f32, data_offsets: [4, 0] } }, 4),
    ];
    const messages = wrong.map((each) => messageOf(() => decodeSafetensors(each, 'run/w.safetensors')));
    expect(await Promise.all(messages)).toMatchInlineSnapshot(`
      [
        "DataError: decodeSafetensors: run/w.safetensors must hold the 8 bytes that its header tells of, got "5 bytes" (it was cut short or is no safetensors file: take another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must hold the 304 bytes that its header tells of, got "100 bytes" (it was cut short or is no safetensors file: take another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must hold the 328 bytes that its header tells of, got "327 bytes" (it was cut short or is no safetensors file: take another copy).",
        "DataError: decodeSafetensors: run/w.safetensors must end after 328 bytes, got "329 bytes".",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must be a safetensors file, with a header of JSON.",
        "DataError: decodeSafetensors: run/w.safetensors must have strings only in its __metadata__.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w by F32 or I32, shape and offsets, got {"dtype":"BF16","shape":[1],"data_offsets":[0,4]}.",
        "DataError: decodeSafetensors: run/w.safetensors must give w as many bytes as its shape [2] takes, got 4.",
        "DataError: decodeSafetensors: run/w.safetensors must describe w by F32 or I32, shape and offsets, got {"dtype":"F32","shape":[1],"data_offsets":[4,0]}.",
      ]
    `);
  });

  it('knows where the fault begins', () => {
    const bytes = encodeSafetensors(content);
    expect(() => decodeSafetensors(bytes.subarray(0, -1), 'x')).toThrow(
      expect.objectContaining({ file: 'x', byteOffset: bytes.length - 1 }),
    );
  });
});
