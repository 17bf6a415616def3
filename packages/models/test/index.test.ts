import * as models from '@normlab/models';
import { expect, it } from 'vitest';

it('exports what it says it exports', () => {
  expect(Object.keys(models).sort()).toMatchInlineSnapshot(`
    [
      "activationNames",
      "allCnn",
      "buildModel",
      "checkPlacement",
      "countParams",
      "foldNorms",
      "modelSpecJsonSchema",
      "network",
      "networkNames",
      "nin",
      "parseSpec",
      "placeNorms",
      "placements",
      "resnet",
      "summarize",
      "variablePlan",
    ]
  `);
});
