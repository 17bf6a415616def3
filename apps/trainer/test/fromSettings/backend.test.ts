import { type OpenBackend, openBackend } from '@normlab/backends';
import { expect, it, vi } from 'vitest';
import { openBackendOf } from '../../src/fromSettings/backend.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';

vi.mock(import('@normlab/backends'), async (original) => ({ ...(await original()), openBackend: vi.fn() }));

const opened = { name: 'the backend' } as unknown as OpenBackend;

const given = { threads: 3, build: 'plain', adapter: 'llvmpipe' } as const;

it.each([
  ['wasm', given, { threads: 3, build: 'plain' }],
  ['wasm', { threads: 3 }, { threads: 3 }],
  ['wasm', { build: 'plain' }, { build: 'plain' }],
  ['wasm', {}, {}],
  ['webgpu', given, { adapter: 'llvmpipe' }],
  ['webgpu', {}, {}],
  ['cpu', given, {}],
  ['tensorflow', given, {}],
] as const)('%s with %j is opened with its own options %j', async (backend, more, options) => {
  vi.mocked(openBackend).mockResolvedValue(opened);
  expect(await openBackendOf({ ...resolveSettings({}), ...more, backend })).toBe(opened);
  expect(vi.mocked(openBackend).mock.lastCall).toStrictEqual([backend, options]);
});
