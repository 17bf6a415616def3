import type { Law } from '../law.js';
import type { Normalizes, OperationName, Operations, Precision } from '../subject.js';
import type { Values } from '../values.js';
import { gainAbsorption } from './absorption.js';
import { normalizationLaws } from './anyNormalization.js';
import { affineGradient, closedFormGradient } from './closedFormGradient.js';
import { idempotence, permutationEquivariance } from './compositions.js';
import { decayAsSchedule } from './decayAsSchedule.js';
import { effectiveLearningRate } from './effectiveLearningRate.js';
import { rotationalEquilibrium } from './equilibrium.js';
import { gradientScaling, gradientScalingBatch } from './gradientScaling.js';
import * as sums from './gradientSums.js';
import * as inference from './inference.js';
import { constantNormLimit, tanhLimit } from './lossLimits.js';
import * as networks from './networkScaling.js';
import * as moments from './outputMoments.js';
import { scaleInvariantAtOneEpsilon, scaleInvariantBatch, scaleInvariantLayer } from './scaleInvariance.js';
import { statisticsScaling, trajectoryScaling } from './trajectoryScaling.js';
import { quarticGrowth, weightGrowth } from './weightGrowth.js';

/**
 * The laws that hold exactly in exact arithmetic: laws 1 and 2 first, then the others by number, then those without a
 * number.
 */
export const exactLaws: readonly Law[] = [
  scaleInvariantLayer,
  gradientScaling,
  scaleInvariantBatch,
  gradientScalingBatch,
  closedFormGradient,
  affineGradient,
  sums.gradientSumsToZero,
  sums.biasHasNoGradient,
  sums.gradientAlongOutput,
  sums.gradientAlongWeights,
  moments.outputMean,
  moments.outputVariance,
  moments.outputRange,
  moments.pairHasNoGradient,
  networks.lossIgnoresScale,
  networks.networkGradientScaling,
  networks.hessianAlongWeights,
  networks.hessianScaling,
  trajectoryScaling,
  statisticsScaling,
  weightGrowth,
  decayAsSchedule,
  gainAbsorption('relu'),
  gainAbsorption('prelu'),
  gainAbsorption('maxPool'),
  idempotence,
  permutationEquivariance,
  networks.duplicatedBatch,
  networks.inputScale,
  inference.folding,
  constantNormLimit,
  tanhLimit,
  moments.batchStatistics,
  inference.runningStatistics,
  inference.inferenceByOwnStatistics,
  inference.statisticsCarryNoGradient,
];

/** The approximate laws, whose bounds also contain the error of the approximation. */
export const approximateLaws: readonly Law[] = [
  scaleInvariantAtOneEpsilon,
  quarticGrowth,
  rotationalEquilibrium,
  effectiveLearningRate,
];

/** Every law of batch norm, the exact ones first. Those of any normalization are `normalizationLaws`. */
export const laws: readonly Law[] = [...exactLaws, ...approximateLaws];

/**
 * The laws that can be checked on a subject: those whose operations it has, and that hold for its sets. Of the laws of
 * any normalization, it lists those that do not follow from batch norm's own.
 */
export function lawsFor<S extends Precision & Normalizes & Partial<Operations<Values, number>>>(
  subject: S,
): readonly Law<keyof S & OperationName>[] {
  const { sets, centred = true } = subject;
  const isBatchNorm = sets === undefined && centred;
  const listed = isBatchNorm ? laws : [...laws, ...normalizationLaws];
  const found = listed.filter(
    ({ needs, fits = () => isBatchNorm }) => needs.every((name) => name in subject) && fits(subject),
  );
  return found as never;
}
