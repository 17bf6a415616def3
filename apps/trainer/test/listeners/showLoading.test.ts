import { expect, it, vi } from 'vitest';
import { showLoading } from '../../src/listeners/showLoading.js';

it('showLoading leaves Ctrl-C to Node, and does not hide the cursor', () => {
  const silent = () => {};
  const terminal = {
    result: silent,
    say: silent,
    warn: silent,
    watched: true,
    json: false,
    columns: () => 80,
  };
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const before = process.listenerCount('SIGINT');
  const { decoded } = showLoading(terminal);
  decoded(1, 2);
  expect(process.listenerCount('SIGINT')).toBe(before);
  decoded(2, 2);
  expect(write.mock.calls.join()).not.toContain('\u001B[?25l');
  write.mockRestore();
});
