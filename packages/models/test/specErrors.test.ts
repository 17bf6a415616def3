import {
  allCnn,
  buildModel,
  countParams,
  foldNorms,
  keptForGradient,
  type ModelSpec,
  parseSpec,
  placeNorms,
  summarize,
  variablePlan,
} from '@normlab/models';
import { describe, expect, it } from 'vitest';

const faulty: ModelSpec = { ...allCnn(), classes: 11 };

describe('a function that takes a spec names itself when the spec is faulty', () => {
  it.each<[string, (spec: ModelSpec) => unknown]>([
    ['buildModel', buildModel],
    ['countParams', countParams],
    ['foldNorms', (spec) => foldNorms(spec, {}, {})],
    ['keptForGradient', keptForGradient],
    ['parseSpec', parseSpec],
    ['placeNorms', (spec) => placeNorms(spec, 'bn')],
    ['summarize', summarize],
    ['variablePlan', variablePlan],
  ])('%s', (name, take) => {
    expect(() => take(faulty)).toThrow(`${name}: layers must end in logits of shape [11], one for each`);
  });
});
