import type { Law } from '../law.js';
import type { CompleteSubject } from '../subject.js';
import { gainAbsorption } from './absorption.js';
import { affineGradient, closedFormGradient } from './closedFormGradient.js';
import { idempotence, permutationEquivariance } from './compositions.js';
import { decayAsSchedule } from './decayAsSchedule.js';
import { effectiveLearningRate } from './effectiveLearningRate.js';
import { rotationalEquilibrium } from './equilibrium.js';
import { gradientScaling, gradientScalingBatch } from './gradientScaling.js';
import {
  biasHasNoGradient,
  gradientAlongOutput,
  gradientAlongWeights,
  gradientSumsToZero,
} from './gradientSums.js';
import {
  folding,
  inferenceByOwnStatistics,
  runningStatistics,
  statisticsCarryNoGradient,
} from './inference.js';
import { inputScale } from './inputScale.js';
import { constantNormLimit, tanhLimit } from './lossLimits.js';
import {
  duplicatedBatch,
  hessianAlongWeights,
  hessianScaling,
  lossIgnoresScale,
  networkGradientScaling,
} from './networkScaling.js';
import {
  batchStatistics,
  outputMean,
  outputRange,
  outputVariance,
  pairHasNoGradient,
} from './outputMoments.js';
import { scaleInvariantAtOneEpsilon, scaleInvariantBatch, scaleInvariantLayer } from './scaleInvariance.js';
import { statisticsScaling, trajectoryScaling } from './trajectoryScaling.js';
import { quarticGrowth, weightGrowth } from './weightGrowth.js';

/**
 * The laws that hold exactly in exact arithmetic: the two that the project is named for first, then
 * by number, then those without one.
 */
export const exactLaws: readonly Law<CompleteSubject>[] = [
  scaleInvariantLayer,
  gradientScaling,
  scaleInvariantBatch,
  gradientScalingBatch,
  closedFormGradient,
  affineGradient,
  gradientSumsToZero,
  biasHasNoGradient,
  gradientAlongOutput,
  gradientAlongWeights,
  outputMean,
  outputVariance,
  outputRange,
  pairHasNoGradient,
  lossIgnoresScale,
  networkGradientScaling,
  hessianAlongWeights,
  hessianScaling,
  trajectoryScaling,
  statisticsScaling,
  weightGrowth,
  decayAsSchedule,
  gainAbsorption('relu'),
  gainAbsorption('prelu'),
  gainAbsorption('maxPool'),
  idempotence,
  permutationEquivariance,
  duplicatedBatch,
  inputScale,
  folding,
  constantNormLimit,
  tanhLimit,
  batchStatistics,
  runningStatistics,
  inferenceByOwnStatistics,
  statisticsCarryNoGradient,
];

/** The laws whose bounds hold, beside rounding, what the law itself leaves out. */
export const approximateLaws: readonly Law<CompleteSubject>[] = [
  scaleInvariantAtOneEpsilon,
  quarticGrowth,
  rotationalEquilibrium,
  effectiveLearningRate,
];

/** Every law, the exact ones first. */
export const laws: readonly Law<CompleteSubject>[] = [...exactLaws, ...approximateLaws];
