export type { Counterexample, LawReport } from './check.js';
export { laws } from './laws/laws.js';
export { normlabSubject, runSuite, type SuiteOptions } from './suite/runSuite.js';
