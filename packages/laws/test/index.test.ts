import * as api from '@normlab/laws';
import * as suite from '@normlab/laws/suite';
import { expect, it } from 'vitest';

it('exports what the README names', () => {
  expect(Object.keys(api).sort()).toMatchInlineSnapshot(`
    [
      "affineGradient",
      "arbitraries",
      "batchStatistics",
      "biasHasNoGradient",
      "check",
      "closedFormGradient",
      "constantNormLimit",
      "decayAsSchedule",
      "duplicatedBatch",
      "effectiveLearningRate",
      "folding",
      "gainAbsorption",
      "gradientAlongOutput",
      "gradientAlongWeights",
      "gradientScaling",
      "gradientScalingBatch",
      "gradientSumsToZero",
      "hessianAlongWeights",
      "hessianScaling",
      "idempotence",
      "inferenceByOwnStatistics",
      "inputScale",
      "lossIgnoresScale",
      "networkGradientScaling",
      "outputMean",
      "outputRange",
      "outputVariance",
      "pairHasNoGradient",
      "permutationEquivariance",
      "quarticGrowth",
      "rotationalEquilibrium",
      "runningStatistics",
      "scaleInvariantAtOneEpsilon",
      "scaleInvariantBatch",
      "scaleInvariantLayer",
      "statisticsCarryNoGradient",
      "statisticsScaling",
      "tanhLimit",
      "tensorSubject",
      "trajectoryScaling",
      "weightGrowth",
    ]
  `);
  expect(Object.keys(suite).sort()).toMatchInlineSnapshot(`
    [
      "laws",
      "normlabSubject",
      "runSuite",
    ]
  `);
});
