import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

type Fault = { readonly from: string; readonly to: string };
type Group = { readonly file: string; readonly tests: readonly string[]; readonly faults: readonly Fault[] };
type Survivor = Fault & { readonly file: string; readonly why: string };

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const groups: Group[] = JSON.parse(read('scripts/mutants/kernelMutants.json'));
const survivors: Survivor[] = JSON.parse(read('scripts/mutants/survivors.json'));

describe('the faults put into the kernels by hand', () => {
  it.each(groups)('$file: each text stands there once, and is changed', ({ file, tests, faults }) => {
    const text = read(file);
    for (const { from, to } of faults) {
      expect(text.split(from), from).toHaveLength(2);
      expect(to).not.toBe(from);
    }
    for (const test of tests) expect(existsSync(join(root, test)), test).toBe(true);
  });

  it('are many, for both kinds of kernels', () => {
    const count = (word: string) =>
      groups.filter(({ file }) => file.includes(word)).reduce((sum, { faults }) => sum + faults.length, 0);
    expect(count('wasm-kernels')).toBeGreaterThanOrEqual(40);
    expect(count('webgpu')).toBeGreaterThanOrEqual(20);
  });
});

it('every survivor that is explained stands in the code', () => {
  for (const { file, from, why } of survivors) {
    expect(read(file), `${file}: ${from}`).toContain(from);
    expect(why.length, `${file}: ${from}`).toBeGreaterThan(20);
  }
});
