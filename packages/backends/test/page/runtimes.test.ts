import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, perform, type Request } from './app/tasks.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const app = fileURLToPath(new URL('./app/runtime.ts', import.meta.url));

const runtimes = [
  { runtime: 'bun', call: ['bun', 'run'] },
  { runtime: 'deno', call: ['deno', 'run', '--allow-all', '--quiet'] },
] as const;

/** Bun's engine runs `relaxed` kernels, but rounds both the product and the sum, as `plain` kernels do. */
const relaxedAs = { bun: 'plain', deno: 'relaxed' } as const;

let folder: string;
let script: string;
const inNode = new Map<string, Answer>();

const request = (build: 'plain' | 'relaxed', threads: number): Request => ({
  task: 'train',
  name: 'wasm',
  options: { build, threads },
});

beforeAll(async () => {
  // In this package's folder, so that a runtime finds the other packages by name and with its own conditions.
  folder = await mkdtemp(join(root, 'dist/runtimes-'));
  script = join(folder, 'runtime.mjs');
  await build({ entryPoints: [app], outfile: script, bundle: true, format: 'esm', packages: 'external' });
  for (const kernels of ['plain', 'relaxed'] as const)
    inNode.set(kernels, await perform(request(kernels, 1)));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(runtimes)('$runtime', ({ runtime, call: [program, ...flags] }) => {
  const found = spawnSync(program, ['--version']).status === 0;
  const title = found ? '' : `, SKIPPED: there is no ${program} on the PATH`;

  it.skipIf(!found)(`trains on wasm, on 1 and 2 threads, as Node does, bit for bit${title}`, () => {
    const requests = [1, 2].flatMap((threads) => [request('plain', threads), request('relaxed', threads)]);
    const output = execFileSync(program, [...flags, script, JSON.stringify(requests)], { encoding: 'utf8' });
    const answers: Answer[] = JSON.parse(output.trimEnd().split('\n').at(-1)!);
    const expected = [inNode.get('plain'), inNode.get(relaxedAs[runtime])].map((answer) => answer!.result);
    expect(answers.map(({ threads }) => threads)).toEqual([1, 1, 2, 2]);
    expect(answers.map(({ result }) => result)).toEqual([...expected, ...expected]);
    expect(answers.map(({ leaked }) => leaked)).toEqual([0, 0, 0, 0]);
  });
});
