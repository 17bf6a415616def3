export { type AnalyseOptions, type Analysis, analyse } from './analyse.js';
export type { ArmResult, GroupResult, SeedResult } from './armResults.js';
export { type Claim, type ClaimId, claims } from './claims/claims.js';
export { type ClaimVerdict, judgeClaims } from './claims/judgeClaims.js';
export type { Verdict } from './claims/verdictWords.js';
export {
  type Difference,
  type DifferencesOptions,
  differenceInWords,
  differencesBetween,
} from './comparability.js';
export { type Comparison, convergenceMargin } from './compareArms.js';
export { type Arm, armsOf, type ExperimentRun, runsOf } from './expandRuns.js';
export type { Experiment, ExperimentArms, Settings, SettingValue } from './experiment.js';
export { type InferOptions, inferExperiment } from './inferExperiment.js';
export { lossFloor, lossFloorOf, meanLossFloor } from './lossFloor.js';
export { hasPapersLayers, paperAccuracy } from './paperResults.js';
export { parseExperiment } from './parseExperiment.js';
export { type Histogram, parseRecordings, type Recording } from './recordings.js';
export {
  type CurvePoint,
  type EvaluationPoint,
  parseRunLog,
  type RunHead,
  type RunLog,
  type RunState,
} from './runLog.js';
export { binomialInterval } from './statistics/binomialInterval.js';
export { type DistributionShape, distributionShape } from './statistics/distributionShape.js';
export { type Equivalence, equivalence } from './statistics/equivalence.js';
export { holm } from './statistics/holm.js';
export { type InteractionContrast, interaction } from './statistics/interaction.js';
export { differencesOf, type PairedDifference, pairedDifference } from './statistics/pairedDifference.js';
export {
  type DecisionOptions,
  differencePower,
  equivalencePower,
  noncentralTCdf,
  type PowerOptions,
  pairsToDecide,
  pairsToDetect,
} from './statistics/power.js';
export { type SignFlip, signFlipTest } from './statistics/signFlipTest.js';
export { type SignTest, signTest } from './statistics/signTest.js';
export { type AccuracyPoint, stepsToTarget } from './statistics/stepsToTarget.js';
export { type Summary, summarize } from './statistics/summarize.js';
export { type Welch, welch } from './statistics/welch.js';
export { parseStepTimes, type StepTimeRatio, type StepTimes, stepTimeRatios } from './stepTimes.js';
export { seedsInWords } from './words.js';
