import * as models from '@normlab/models';
import { expect, it } from 'vitest';

it('exports what it says it exports', () => {
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
      "resnet",
      "shortcutKinds",
      "summarize",
      "variablePlan",
    ]
  `);
});
