import * as train from '@normlab/train';
import * as node from '@normlab/train/node';
import { expect, it } from 'vitest';

it('exports what the README lists', () => {
  expect(Object.keys(train).sort()).toMatchInlineSnapshot(`
    [
      "adamW",
      "clipByGlobalNorm",
      "cloneState",
      "constant",
      "cosine",
      "crossEntropy",
      "decodeCheckpoint",
      "decodeSafetensors",
      "disposeState",
      "encodeCheckpoint",
      "encodeSafetensors",
      "evaluate",
      "exponentialDecay",
      "fit",
      "initState",
      "lossAndGradients",
      "neverPredicted",
      "piecewiseConstant",
      "reEstimateStats",
      "sgd",
      "staircaseDecay",
      "trainStep",
      "valueAndGradients",
      "warmup",
    ]
  `);
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "checkpointFileName",
      "checkpointNoteName",
      "loadCheckpoint",
      "saveCheckpoint",
    ]
  `);
});
