import { describe, expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab doctor', () => {
  it('knows of every backend whether it works here, and else what to do', async () => {
    const { status, stdout } = await normlab(['doctor', '--json'], folder);
    expect(status).toBe(0);
    const { backends, machine }: { backends: Record<string, unknown>[]; machine: { cores: number } } =
      JSON.parse(stdout);
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(backends.map(({ name }) => name).sort()).toEqual(['cpu', 'tensorflow', 'wasm', 'webgpu']);
    expect(backends).toContainEqual(expect.objectContaining({ name: 'cpu', available: true }));
    expect(backends).toContainEqual(expect.objectContaining({ name: 'wasm', available: true }));
    for (const each of backends.filter(({ available }) => !available)) {
      expect(each).toMatchObject({ reason: expect.any(String), remedy: expect.any(String) });
    }
  });

  it('says so in words', async () => {
    const { stdout } = await normlab(['doctor'], folder);
    expect(stdout).toMatch(/works +wasm +wasm: /);
    expect(stdout).toContain(`Node ${process.versions.node}`);
  });
});
