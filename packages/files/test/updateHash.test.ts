import { createHash } from 'node:crypto';
import { updateHash } from '@normlab/files';
import { expect, it } from 'vitest';

it('updateHash passes a hash no more bytes at once than it accepts, in order', () => {
  // Never read or written, so that its pages take no memory.
  const bytes = new Uint8Array(2 ** 32 - 1);
  const pieces: [number, number][] = [];
  updateHash({ update: ({ byteOffset, length }) => pieces.push([byteOffset, length]) }, bytes);
  let end = 0;
  for (const [from, length] of pieces) {
    expect(from).toBe(end);
    expect(length).toBeLessThan(2 ** 31);
    end += length;
  }
  expect(end).toBe(bytes.length);
});

it('updateHash(h, b) = h.update(b)', () => {
  const bytes = Uint8Array.of(1, 2, 3);
  expect(updateHash(createHash('sha256'), bytes).digest('hex')).toBe(
    createHash('sha256').update(bytes).digest('hex'),
  );
});
