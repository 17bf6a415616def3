import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endOf, main, normlab, startShell, temporaryFolder } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab doctor', () => {
  it('says for every backend whether it works here, and otherwise what to do', async () => {
    const { status, stdout } = await normlab(['doctor', '--json'], folder);
    expect(status).toBe(0);
    const { backends, machine }: { backends: Record<string, unknown>[]; machine: { cores: number } } =
      JSON.parse(stdout);
    expect(machine.cores).toBeGreaterThanOrEqual(1);
    expect(backends.map(({ name }) => name).sort()).toEqual(['cpu', 'tensorflow', 'wasm', 'webgl', 'webgpu']);
    expect(backends).toContainEqual(expect.objectContaining({ name: 'cpu', available: true }));
    expect(backends).toContainEqual(expect.objectContaining({ name: 'wasm', available: true }));
    for (const each of backends.filter(({ available }) => !available)) {
      expect(each).toMatchObject({ reason: expect.any(String), remedy: expect.any(String) });
    }
  });

  it('prints a line per backend, and a line with what to do, on a machine where few backends work', async () => {
    const place = temporaryFolder();
    writeFileSync(join(place, 'file'), '');
    const environment = `XDG_CACHE_HOME="${place}/file/cache" VK_DRIVER_FILES="${place}/none.json"`;
    // Without WebAssembly, and without a place for the software adapter.
    const child = startShell(`${environment} exec "${process.execPath}" --jitless "${main}" doctor`, place);
    const { status, stdout } = await endOf(child);
    expect(status).toBe(0);
    const [, , , ...lines] = stdout.trimEnd().split('\n');
    const heads = lines.filter((line) => /^(works|absent) /.test(line));
    expect(heads.map((line) => line.split(/ +/)[1])).toEqual([
      'wasm',
      'webgpu',
      'tensorflow',
      'cpu',
      'webgl',
    ]);
    const followers = lines.filter((_, index) => lines[index - 1]?.startsWith('absent '));
    for (const line of followers) expect(line).toMatch(/^ {20}what to do: \S/);
    expect(heads[0]).toBe('absent  wasm        this JavaScript engine has no WebAssembly');
    expect(heads[3]).toMatch(/^works +cpu /);
  });

  it('prints it as text', async () => {
    const { stdout } = await normlab(['doctor'], folder);
    expect(stdout).toMatch(/works +wasm +wasm: /);
    expect(stdout).toContain(`Node ${process.versions.node}`);
  });
});
