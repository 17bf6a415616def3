import { defineConfig } from 'vitest/config';
import workspace from '../../vitest.config.js';

// Stryker runs this in its copy of the workspace; main.js says which tests and settings are enough for a package.
export default defineConfig({
  ...workspace,
  test: {
    ...workspace.test,
    include: JSON.parse(process.env.NORMLAB_MUTANTS_TESTS ?? '[]') as string[],
    // Without the reporter that refuses skipped tests: those behind the first failure are skipped.
    reporters: [],
  },
});
