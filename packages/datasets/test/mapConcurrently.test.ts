import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { mapConcurrently } from '../src/node/mapConcurrently.js';

const hundred = Array.from({ length: 100 }, (_, index) => index);

describe('mapConcurrently', () => {
  it('gives the results in the order of the items, whichever is done first', async () => {
    const results = await mapConcurrently(hundred, async (item, index) => {
      await wait((item % 7) - (item % 3));
      return [item, index];
    });
    expect(results).toEqual(hundred.map((item) => [item, item]));
    expect(await mapConcurrently([], async () => 1)).toEqual([]);
  });

  it('works on sixteen items at once', async () => {
    let running = 0;
    let most = 0;
    await mapConcurrently(hundred, async () => {
      most = Math.max(most, ++running);
      await wait(0);
      running--;
    });
    expect(most).toBe(16);
  });

  it('starts no further item after the first failure', async () => {
    const started: number[] = [];
    const work = mapConcurrently(hundred, async (item) => {
      started.push(item);
      await wait(0);
      if (item === 20) throw new Error('item 20');
    });
    await expect(work).rejects.toThrow('item 20');
    const before = started.length;
    await wait(20);
    expect(started).toHaveLength(before);
    // Those that were running when it failed, and what the others took before they saw it.
    expect(before).toBeLessThan(21 + 2 * 16);
  });

  it('rejects once all work has ended, with the failure that came first', async () => {
    const ended: number[] = [];
    const work = mapConcurrently(hundred, async (item) => {
      await wait(item === 5 ? 0 : 30);
      ended.push(item);
      if (item === 2 || item === 5) throw new Error(`item ${item}`);
    });
    await expect(work).rejects.toThrow('item 5');
    const before = [...ended];
    expect(before.toSorted((a, b) => a - b)).toEqual(hundred.slice(0, 16));
    await wait(60);
    expect(ended).toEqual(before);
  });

  it('rejects whatever is thrown, also undefined', async () => {
    await expect(mapConcurrently([1], () => Promise.reject(undefined))).rejects.toBeUndefined();
  });
});
