import { defineConfig } from 'vitest/config';

const conditions = ['normlab-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['{packages,apps,scripts}/*/test/**/*.test.ts', 'bench/test/**/*.test.ts'],
    // tfjs keeps its engine and registries in globals: one process a file keeps files apart.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
