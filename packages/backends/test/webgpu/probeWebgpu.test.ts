import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unavailable } from '@normlab/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { probeWebgpu } from '../../src/webgpu/probeWebgpu.js';

const reason = await unavailable('webgpu');
const skipped = reason === undefined ? '' : `, SKIPPED: ${reason}`;

// Without an adapter, the probe does not load Dawn.
describe.skipIf(reason !== undefined)(`a package webgpu that${skipped}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'normlab-test-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function probe(module: string) {
    const dawn = join(folder, 'dawn.mjs');
    await writeFile(dawn, module);
    return probeWebgpu({ dawn, tfjs: '' });
  }

  it.each([
    ['is incomplete', "throw new Error('Cannot find module dawn.node')", 'Cannot find module dawn.node'],
    ['is cut short', "process.kill(process.pid, 'SIGBUS')", 'it crashed with SIGBUS'],
  ])('%s must be installed again', async (_, module, failure) => {
    expect(await probe(module)).toEqual({
      reason: `the package webgpu does not load: ${failure}`,
      remedy: 'npm uninstall webgpu && npm install webgpu@0.6.2',
    });
  });

  it('loads, but crashes on the driver, need not be installed again', async () => {
    const module = "export const create = () => process.kill(process.pid, 'SIGSEGV');";
    expect(await probe(module)).toEqual({
      reason: 'asking for an adapter failed: it crashed with SIGSEGV',
      remedy: "install the GPU's driver",
    });
  });

  it('finds an adapter is described', async () => {
    const info = { vendor: 'maker', architecture: 'kind', device: 'card', description: '' };
    const module = `export const create = () => ({ requestAdapter: async () => ({ info: ${JSON.stringify(info)} }) });`;
    expect(await probe(module)).toEqual({ description: 'webgpu: card (maker kind)' });
  });
});
