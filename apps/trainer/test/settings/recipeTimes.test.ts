import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readRecipe, recipeNames } from '../../src/settings/readRecipe.js';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { Settings } from '../../src/settings/settings.js';

/** CPU seconds of one thread, as docs/evidence/cpu-recipes/measure.mjs wrote them. */
type Timing = Pick<Settings, 'model' | 'norm' | 'width' | 'activation' | 'dataset' | 'batch'> & {
  readonly stepSeconds: number;
  /** For 10 000 images. */
  readonly evaluationSeconds: number;
  readonly startSeconds: number;
};

const file = new URL('../../../../docs/evidence/cpu-recipes/timings.json', import.meta.url);
const timings: Readonly<Record<string, Timing>> = JSON.parse(readFileSync(file, 'utf8'));
const names = (await recipeNames()).filter((name) => name.startsWith('cpu/'));

/** An epoch of CIFAR's 50 000 images in batches of 128. */
const stepsPerEpoch = 391;

/** Whether a measurement applies to a recipe: the same configuration, or one that differs only in CIFAR-100's head. */
function speaksOf(
  timing: Timing,
  { model, norm, width, activation = 'relu', dataset, batch }: Settings,
): boolean {
  const isSameSize = timing.model === model && timing.width === width && timing.batch === batch;
  const isSameKind = timing.norm === norm && timing.activation === activation && timing.dataset === 'cifar10';
  return isSameSize && (isSameKind || (timing.dataset === 'cifar100' && dataset === 'cifar100'));
}

describe('the recipes for CPUs', () => {
  it.each(names)('%s ends within an hour, according to the measured times', async (name) => {
    const settings = resolveSettings({ data: 'somewhere' }, (await readRecipe(name)).settings);
    const measured = Object.values(timings).filter((timing) => speaksOf(timing, settings));
    // Another width or batch, or a new arm, has to be measured first: docs/evidence/cpu-recipes/README.md.
    expect(measured.length).toBeGreaterThanOrEqual(settings.dataset === 'cifar100' ? 2 : 1);
    const slowest = (key: 'stepSeconds' | 'evaluationSeconds' | 'startSeconds') =>
      Math.max(...measured.map((timing) => timing[key]));
    const steps = settings.steps ?? (settings.epochs ?? 0) * stepsPerEpoch;
    const evaluations = Math.ceil(steps / stepsPerEpoch);
    const seconds =
      slowest('startSeconds') + steps * slowest('stepSeconds') + evaluations * slowest('evaluationSeconds');
    expect(steps).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(3600);
  });
});
