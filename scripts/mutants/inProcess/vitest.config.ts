import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import mutants from '../vitest.config.js';

const folder = process.env.NORMLAB_MUTANTS_FOLDER!;
/** The sources with all faults in them, each behind a switch, by path. */
const sources: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(join(folder, 'sources.json'), 'utf8'),
);

export default defineConfig({
  ...mutants,
  root: fileURLToPath(new URL('../../..', import.meta.url)),
  plugins: [{ name: 'faults', enforce: 'pre', load: (id) => sources[id.split('?')[0]!] }],
  test: {
    ...mutants.test,
    runner: fileURLToPath(new URL('faultyRunner.js', import.meta.url)),
    maxWorkers: 1,
  },
});
