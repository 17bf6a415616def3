import * as models from '@normlab/models';
import { expect, it } from 'vitest';

it('exports what the README lists', () => {
  expect(Object.keys(models).sort()).toMatchInlineSnapshot(`
    [
      "activationNames",
      "allCnn",
      "blockKinds",
      "buildModel",
      "checkPlacement",
      "convWeights",
      "countParams",
      "foldNorms",
      "inferWith",
      "keptForGradient",
      "mapLayers",
      "modelSpecJsonSchema",
      "network",
      "networkNames",
      "nin",
      "normKinds",
      "parseSpec",
      "placeNorms",
      "placements",
      "poolLength",
      "resnet",
      "shortcutKinds",
      "summarize",
      "variablePlan",
    ]
  `);
});
