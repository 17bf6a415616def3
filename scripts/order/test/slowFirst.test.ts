import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createVitest } from 'vitest/node';
import { slowTests } from '../src/slowTests.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the order of test files', () => {
  it('knows only files that exist, each once', () => {
    expect(slowTests.filter((file) => !existsSync(`${root}${file}`))).toEqual([]);
    expect(new Set(slowTests).size).toBe(slowTests.length);
  });

  it('begins with the slow files, the slowest first, and then has all others', async () => {
    const vitest = await createVitest('test', { root, config: `${root}vitest.config.ts`, watch: false });
    try {
      const files = await vitest.globTestSpecifications();
      const Sequencer = vitest.config.sequence.sequencer;
      // As from a folder: in the order of names.
      const byName = files.toSorted((a, b) => (a.moduleId < b.moduleId ? -1 : 1));
      const sorted = await new Sequencer(vitest).sort(byName);
      const names = sorted.map(({ moduleId }) => moduleId.slice(root.length));
      expect(names.slice(0, slowTests.length)).toEqual(slowTests);
      expect(names.toSorted()).toEqual(byName.map(({ moduleId }) => moduleId.slice(root.length)));
    } finally {
      await vitest.close();
    }
  });
});
