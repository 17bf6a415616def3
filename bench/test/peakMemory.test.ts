import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { peakBytes, resetPeak } from '../src/peers/peakMemory.js';

const mebibyte = 2 ** 20;

it.runIf(existsSync('/proc/self/clear_refs'))('peakBytes counts from resetPeak on', async () => {
  await resetPeak(process.pid);
  const before = (await peakBytes(process.pid))!;
  expect(Math.abs(before - process.memoryUsage.rss())).toBeLessThan(64 * mebibyte);
  const block = Buffer.alloc(256 * mebibyte, 1);
  expect((await peakBytes(process.pid))! - before).toBeGreaterThan(200 * mebibyte);
  expect(block[0]).toBe(1);
});

it('peakBytes is undefined for a process that is not there', async () => {
  expect(await peakBytes(2 ** 30)).toBeUndefined();
  await resetPeak(2 ** 30);
});
