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
 * The laws that hold exactly in exact arithmetic: the two that the project is named for first, then
 * by number, then those without one.
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

/** The laws whose bounds hold, beside rounding, what the law itself leaves out. */
export const approximateLaws: readonly Law[] = [
  scaleInvariantAtOneEpsilon,
  quarticGrowth,
  rotationalEquilibrium,
  effectiveLearningRate,
];

/** Every law, the exact ones first. */
export const laws: readonly Law[] = [...exactLaws, ...approximateLaws];

/**
 * The laws that can be put to a subject: those that need no operation which it lacks, and hold for what it normalizes
 * together. Of those behind any normalization it lists what is new beside batch norm's own.
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
