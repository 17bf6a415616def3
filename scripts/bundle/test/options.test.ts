import { expect, it } from 'vitest';
import { parseOptions } from '../src/options.js';

it('by default writes dist/normlab-linux-x64.tar.xz of at most 60 MiB', () => {
  expect(parseOptions([], '/project')).toEqual({
    help: false,
    out: '/project/dist/normlab-linux-x64.tar.xz',
    compression: { method: 'xz', fast: false },
    data: undefined,
    software: true,
    limit: 60 * 2 ** 20,
  });
});

it('resolves paths from the folder in which it was called', () => {
  const options = parseOptions(['--out', 'a.tar.gz', '--data', 'd', '--no-software', '--fast'], '/project');
  expect(options).toMatchObject({
    out: '/project/a.tar.gz',
    compression: { method: 'gzip', fast: true },
    data: '/project/d',
    software: false,
  });
});

it.each(['0', '-1', 'much'])('refuses a limit of %s', (limit) => {
  expect(() => parseOptions([`--limit=${limit}`], '/project')).toThrow(
    `bundle:gpu: --limit must be a positive number of MiB, got "${limit}".`,
  );
});
