/**
 * What `npm run mutants -- NAME` changes, and the tests that must see it: those of the package itself, so that each
 * package stands on its own tests.
 */
const whole = (name) => ({ sources: `packages/${name}/src`, tests: [`packages/${name}/test/**/*.test.ts`] });

export const mutatedPackages = {
  ops: whole('ops'),
  models: whole('models'),
  train: whole('train'),
  datasets: whole('datasets'),
  laws: whole('laws'),
  experiments: whole('experiments'),
  settings: {
    sources: 'apps/trainer/src',
    folders: ['settings', 'fromSettings'],
    tests: ['apps/trainer/test/{settings,fromSettings,options,training}/**/*.test.ts'],
    // The table of options is evaluated once, when it is loaded.
    ignoreStatic: false,
  },
};
