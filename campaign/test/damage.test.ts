import { randomStream } from '@normlab/random';
import { describe, expect, it } from 'vitest';
import { damageBytes } from '../src/fuzz/damageBytes.js';
import { damageJson } from '../src/fuzz/damageJson.js';

const bytes = Uint8Array.from({ length: 500 }, (_, index) => index % 251);

describe('damageBytes', () => {
  it('leaves the input as it is, and damages it in the same way for the same seed', () => {
    const copy = Uint8Array.from(bytes);
    const damaged = damageBytes(bytes, randomStream(1));
    expect(bytes).toEqual(copy);
    expect(damageBytes(bytes, randomStream(1)).equals(damaged)).toBe(true);
  });

  it('damages nearly every input, in its length and in its values, and takes an empty one', () => {
    const all = Array.from({ length: 200 }, (_, seed) => damageBytes(bytes, randomStream(seed)));
    expect(all.filter((each) => each.equals(bytes)).length).toBeLessThan(20);
    expect(all.filter((each) => each.length === bytes.length && !each.equals(bytes)).length).toBeGreaterThan(
      20,
    );
    expect(all.filter((each) => each.length !== bytes.length).length).toBeGreaterThan(50);
    expect(() => damageBytes(new Uint8Array(0), randomStream(3))).not.toThrow();
  });
});

describe('damageJson', () => {
  const value = { name: 'a', list: [1, 2, { deep: true }], size: 3 };

  it('leaves the value as it is; most texts are JSON of another value', () => {
    const copy = structuredClone(value);
    const texts = Array.from({ length: 200 }, (_, seed) => damageJson(value, randomStream(seed)));
    expect(value).toEqual(copy);
    const values = texts.flatMap((text): unknown[] => {
      try {
        return [JSON.parse(text)];
      } catch {
        return [];
      }
    });
    expect(values.length).toBeGreaterThan(100);
    expect(values.filter((each) => JSON.stringify(each) === JSON.stringify(value)).length).toBeLessThan(20);
    expect(texts.some((text) => text.startsWith('\uFEFF'))).toBe(true);
  });
});
