export type { AbsoluteCheck, AbsoluteReport } from './absolute/absoluteCheck.js';
export { absoluteChecks } from './absolute/absoluteChecks.js';
export type { Counterexample, LawReport } from './check.js';
export { approximateLaws, exactLaws, laws } from './laws/laws.js';
export { normlabSubject, runSuite, type SuiteOptions, type SuiteReport } from './suite/runSuite.js';
