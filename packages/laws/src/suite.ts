export type { Counterexample, LawReport } from './check.js';
export { approximateLaws, exactLaws, laws } from './laws/laws.js';
export { normlabSubject, runSuite, type SuiteOptions } from './suite/runSuite.js';
