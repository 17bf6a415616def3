import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab recipes', () => {
  it('lists them by name', async () => {
    const { stdout } = await normlab(['recipes'], folder);
    expect(stdout).toContain('table-2/nin-cbn-all-cifar100');
  });
});
