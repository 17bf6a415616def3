import { defineConfig } from 'vitest/config';
import workspace from '../../vitest.config.js';

// Stryker runs this in its copy of the workspace; main.js says which tests and settings are enough for a package.
export default defineConfig({
  ...workspace,
  test: {
    ...workspace.test,
    include: JSON.parse(process.env.NORMLAB_MUTANTS_TESTS ?? '[]') as string[],
    // Stryker runs tests in worker threads, which cannot change the working directory as these do.
    exclude: ['**/readme.test.ts'],
    // Without the reporter that refuses skipped tests: those behind the first failure are skipped.
    reporters: [],
  },
});
