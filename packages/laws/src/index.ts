export { arbitraries } from './arbitraries/arbitraries.js';
export { type CheckOptions, type Counterexample, check, type LawReport } from './check.js';
export { type LikelyFault, likelyFaults } from './faults/likelyFaults.js';
export { judge, type Place, type Verdict } from './judge.js';
export * as arithmetic from './judged.js';
export { defineLaw, type Law, type LawOperations, type Side } from './law.js';
export { gainAbsorption } from './laws/absorption.js';
export * from './laws/anyNormalization.js';
export { affineGradient, closedFormGradient } from './laws/closedFormGradient.js';
export { idempotence, permutationEquivariance } from './laws/compositions.js';
export { decayAsSchedule } from './laws/decayAsSchedule.js';
export { effectiveLearningRate } from './laws/effectiveLearningRate.js';
export { rotationalEquilibrium } from './laws/equilibrium.js';
export { gradientScaling, gradientScalingBatch } from './laws/gradientScaling.js';
export * from './laws/gradientSums.js';
export * from './laws/inference.js';
export { lawsFor } from './laws/laws.js';
export { constantNormLimit, tanhLimit } from './laws/lossLimits.js';
export {
  duplicatedBatch,
  hessianAlongWeights,
  hessianScaling,
  inputScale,
  lossIgnoresScale,
  networkGradientScaling,
} from './laws/networkScaling.js';
export * from './laws/outputMoments.js';
export * from './laws/scaleInvariance.js';
export { statisticsScaling, trajectoryScaling } from './laws/trajectoryScaling.js';
export { quarticGrowth, weightGrowth } from './laws/weightGrowth.js';
export type * from './network.js';
export type * from './samples/samples.js';
export { valuesOf } from './samples/valuesOf.js';
export type * from './subject.js';
export { wasmConvolutions } from './suite/wasmConvolutions.js';
export { type TensorStandardizer, tensorSubject } from './tensors/tensorSubject.js';
export type { TiledConvolution } from './tiledConvolution.js';
export type { Values, Variables } from './values.js';
