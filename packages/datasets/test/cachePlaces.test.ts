import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { temporaryFolder } from '@normlab/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { cachePlaces } from '../src/node/cachePlaces.js';

const { platform } = process;
afterEach(() => {
  vi.unstubAllEnvs();
  Object.defineProperty(process, 'platform', { value: platform });
});

it.each([
  ['linux', {}, join(homedir(), '.cache')],
  ['linux', { LOCALAPPDATA: '/local' }, join(homedir(), '.cache')],
  ['linux', { XDG_CACHE_HOME: '/xdg', LOCALAPPDATA: '/local' }, '/xdg'],
  ['darwin', {}, join(homedir(), 'Library', 'Caches')],
  ['darwin', { XDG_CACHE_HOME: '/xdg' }, '/xdg'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local'],
  ['win32', {}, join(homedir(), '.cache')],
])('on %s with %j, the second place is in %s', async (system, variables, expected) => {
  for (const name of ['XDG_CACHE_HOME', 'LOCALAPPDATA'] as const)
    vi.stubEnv(name, (variables as Record<string, string>)[name] ?? '');
  Object.defineProperty(process, 'platform', { value: system });
  const dir = await realpath(await temporaryFolder());
  const hash = createHash('sha256').update(dir).digest('hex').slice(0, 16);
  expect(await cachePlaces(dir)).toEqual([
    join(dir, '.normlab-cache'),
    join(expected, 'normlab', `pictures-${hash}`),
  ]);
});
