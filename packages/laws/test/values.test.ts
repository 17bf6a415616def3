import { describe, expect, it } from 'vitest';
import { channelsOf, isValues, mapRecord, mapTree, pick, sizeOf } from '../src/values.js';

describe('values', () => {
  it('have a size and channels by their shape', () => {
    expect([sizeOf([2, 3, 5]), sizeOf([])]).toEqual([30, 1]);
    expect(channelsOf([2, 3, 5])).toBe(5);
  });

  it('are objects with data and a shape', () => {
    expect(isValues({ data: Float32Array.of(1), shape: [1] })).toBe(true);
    for (const other of [{ data: Float32Array.of(1) }, { shape: [1] }, {}, null, undefined, 1, 'data']) {
      expect(isValues(other)).toBe(false);
    }
    // A function is no values, whatever its properties.
    expect(isValues(Object.assign(() => 0, { data: Float32Array.of(1), shape: [1] }))).toBe(false);
  });
});

describe('records', () => {
  it('are picked and mapped by path', () => {
    expect(pick({ conv1: 1, conv2: 2, head: 3 }, ['head', 'conv1'])).toEqual({ head: 3, conv1: 1 });
    expect(mapRecord({ conv1: 1, head: 3 }, (each, path) => `${path} ${each}`)).toEqual({
      conv1: 'conv1 1',
      head: 'head 3',
    });
  });

  it('of records are mapped leaf by leaf, and the rest is kept', () => {
    const isLeaf = (node: unknown) => typeof node === 'number';
    const list = [1, 2];
    const tree = { a: 1, b: { c: 2, d: 'text', e: null, f: undefined }, list };
    const mapped = mapTree(tree, isLeaf, (each) => 10 * each);
    expect(mapped).toEqual({ a: 10, b: { c: 20, d: 'text', e: null, f: undefined }, list: [1, 2] });
    expect(mapTree(3, isLeaf, (each) => 10 * each)).toBe(30);
    expect(mapTree('text', isLeaf, (each) => 10 * each)).toBe('text');
  });
});
