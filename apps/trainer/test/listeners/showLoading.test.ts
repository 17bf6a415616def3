import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { showLoading } from '../../src/listeners/showLoading.js';

const silent = () => {};
const terminal = { result: silent, say: silent, warn: silent, watched: true, json: false, columns: () => 80 };

// The bar draws nothing elsewhere than on a terminal.
const { isTTY } = process.stderr;
const write = vi.spyOn(process.stderr, 'write');
beforeEach(() => {
  vi.useFakeTimers();
  process.stderr.isTTY = true;
  write.mockReset().mockReturnValue(true);
});
afterEach(() => {
  vi.useRealTimers();
  process.stderr.isTTY = isTTY;
});

it('showLoading leaves Ctrl-C to Node, and does not hide the cursor', () => {
  const before = process.listenerCount('SIGINT');
  const { decoded } = showLoading(terminal);
  decoded(1, 2);
  expect(write.mock.calls.join()).toContain('decoding');
  expect(process.listenerCount('SIGINT')).toBe(before);
  decoded(2, 2);
  expect(write.mock.calls.join()).not.toContain('\u001B[?25l');
});

it('showLoading draws nothing after the end, whether or not all images are decoded', () => {
  const { decoded, ended } = showLoading(terminal);
  decoded(1, 3);
  expect(vi.getTimerCount()).toBe(1);
  ended();
  expect(vi.getTimerCount()).toBe(0);
});

it('showLoading draws nothing where all images come from the cache', () => {
  showLoading(terminal).ended();
  expect(write).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
