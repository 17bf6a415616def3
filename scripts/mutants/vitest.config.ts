import { defineConfig } from 'vitest/config';
import workspace from '../../vitest.config.js';

// Stryker runs this in its copy of the workspace; main.js says which tests and settings are enough for a package.
export default defineConfig({
  ...workspace,
  test: {
    ...workspace.test,
    include: JSON.parse(process.env.NORMLAB_MUTANTS_TESTS ?? '[]') as string[],
    // Stryker runs tests in worker threads, which cannot change the working directory as the tests of READMEs do; and a
    // network at full width would run for half a minute for each mutant that the other tests do not see. A test that
    // imports modules makes StrykerJS take what runs when they are loaded for code of that test alone.
    exclude: ['**/readme.test.ts', '**/fullWidth.test.ts', 'packages/models/test/spec.test.ts'],
    // Without the reporter that refuses skipped tests: those behind the first failure are skipped.
    reporters: [],
  },
});
