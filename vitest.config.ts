import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './scripts/order/src/slowFirst.js';
import { RefuseSkips } from './scripts/skips/src/refuseSkips.js';

const packages = fileURLToPath(new URL('./packages', import.meta.url));

export default defineConfig({
  resolve: {
    // As `paths` in tsconfig.base.json: tests run the sources of every package, built or not.
    alias: [
      { find: /^@normlab\/([a-z-]+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^@normlab\/([a-z-]+)\/(node|spec|suite)$/, replacement: `${packages}/$1/src/$2.ts` },
    ],
  },
  test: {
    include: ['{packages,apps,scripts}/*/test/**/*.test.ts', '{bench,campaign}/test/**/*.test.ts'],
    // tfjs keeps its engine and registries in globals, so every test file gets its own process.
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: SlowFirst },
    // A snapshot that is missing or left over fails here as it does where CI is set; `-u` writes them anew.
    update: 'none',
    reporters: ['default', new RefuseSkips()],
    // Ends what hangs. How long a test takes on a busy machine decides nothing.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Its default is one second.
    expect: { poll: { timeout: 300_000 } },
  },
});
