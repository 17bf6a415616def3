import { describe, expect, it } from 'vitest';
import { type Difference, differenceInWords, differencesBetween, type RunLog } from '../src/index.js';
import { plantedLog } from './plantedRuns.js';

const settings = { norm: 'bn', seed: 1 };
const onPurpose = ['norm'];
const first = plantedLog('first', settings, 0.7);
const head = (log: RunLog, changes: Partial<RunLog['head']>): RunLog => ({
  ...log,
  head: { ...log.head, ...changes },
});

describe('differencesBetween', () => {
  it('finds none between runs that differ in arm and seed only', () => {
    const other = plantedLog('other', { norm: 'cbn-all', seed: 2 }, 0.6);
    expect(differencesBetween([first, other], { onPurpose })).toEqual([]);
    expect(differencesBetween([], { onPurpose })).toEqual([]);
  });

  it('names each difference once, with its weight and the runs of each value', () => {
    const second = plantedLog('second', { ...settings, l2: 0.1 }, 0.7, {
      sha256: 'b'.repeat(64),
      steps: 2000,
      version: '2.0.0',
    });
    const backend = { name: 'cpu', description: 'cpu' };
    const third = head(first, { backend, versions: { ...first.head.versions, tfjs: '4' } });
    const runs = [first, second, { ...third, name: 'third' }];
    const values = (...given: [string, ...string[]][]) =>
      given.map(([value, ...names]) => ({ value, runs: names }));
    expect(differencesBetween(runs, { onPurpose })).toEqual([
      {
        what: 'data',
        weight: 'refused',
        values: values(
          [`50000 and 10000 images, sha256 ${'a'.repeat(12)}`, 'first', 'third'],
          [`50000 and 10000 images, sha256 ${'b'.repeat(12)}`, 'second'],
        ),
      },
      { what: 'steps', weight: 'refused', values: values(['1000', 'first', 'third'], ['2000', 'second']) },
      { what: 'l2', weight: 'refused', values: values(['absent', 'first', 'third'], ['0.1', 'second']) },
      {
        what: 'backend',
        weight: 'noted',
        values: values(['wasm: 1 thread', 'first', 'second'], ['cpu', 'third']),
      },
      { what: 'normlab', weight: 'noted', values: values(['1.0.0', 'first', 'third'], ['2.0.0', 'second']) },
      { what: 'tfjs', weight: 'noted', values: values(['absent', 'first', 'second'], ['4', 'third']) },
    ]);
  });

  it('takes as intended what the experiment gives to some arms, and steps as on purpose where arms set them', () => {
    const longer = plantedLog('longer', { norm: 'none', steps: 2000, seed: 1, l2: 0.1 }, 0.7, {
      steps: 2000,
    });
    const weights = (options: Parameters<typeof differencesBetween>[1]) =>
      differencesBetween([first, longer], options).map(({ what, weight }) => `${what} ${weight}`);
    expect(weights({ onPurpose })).toEqual(['steps refused', 'l2 refused']);
    expect(weights({ onPurpose, intended: ['steps', 'l2'] })).toEqual(['steps intended', 'l2 intended']);
    for (const key of ['steps', 'epochs'])
      expect(weights({ onPurpose: [...onPurpose, key] })).toEqual(['l2 refused']);
    expect(weights({ onPurpose, decideNothing: new Set(['l2']) })).toEqual(['steps refused']);
  });

  it('takes as intended what follows from a setting of the arms, if it does not differ within one', () => {
    const dependsOn = { finalLearningRate: ['learningRate', 'schedule'] };
    const rates = (learningRate: number, finalLearningRate: number, name = 'run') =>
      plantedLog(name, { norm: 'bn', seed: 1, learningRate, finalLearningRate }, 0.7);
    const [high, low] = [rates(0.1, 0.001), rates(0.05, 0.0005)];
    const weights = (runs: readonly RunLog[], key: string) =>
      differencesBetween(runs, { onPurpose: [key], dependsOn }).map(
        ({ what, weight }) => `${what} ${weight}`,
      );
    expect(weights([high, low], 'learningRate')).toEqual(['finalLearningRate intended']);
    expect(weights([high, rates(0.1, 0.01), low], 'learningRate')).toEqual(['finalLearningRate refused']);
    expect(weights([high, low], 'norm')).toEqual(['learningRate refused', 'finalLearningRate refused']);
    const intended = ['learningRate'];
    expect(
      differencesBetween([high, plantedLog('none', { ...low.head.settings, norm: 'none' }, 0.7)], {
        ...{ onPurpose, intended, dependsOn },
      }).map(({ weight }) => weight),
    ).toEqual(['intended', 'intended']);
  });

  it('refuses between the runs of one arm what the arms may differ in', () => {
    const ofBn = (l2: number, steps: number) =>
      plantedLog(`bn ${l2} ${steps}`, { norm: 'bn', seed: 1, l2, steps }, 0.7, { steps });
    const none = plantedLog('none', { norm: 'none', seed: 1, l2: 0.1, steps: 500 }, 0.7, { steps: 500 });
    const armOf = ({ head }: RunLog) => head.settings.norm;
    const weights = (second: RunLog, options: Parameters<typeof differencesBetween>[1]) =>
      differencesBetween([ofBn(0.2, 100), second, none], options).map(
        ({ what, weight }) => `${what} ${weight}`,
      );
    const byArms = { onPurpose: ['norm', 'l2', 'steps'], armOf };
    expect(weights(ofBn(0.2, 100), byArms)).toEqual([]);
    expect(weights(ofBn(0.3, 100), byArms)).toEqual(['l2 refused']);
    expect(weights(ofBn(0.2, 900), byArms)).toEqual(['steps refused']);
    expect(weights(ofBn(0.2, 900), { ...byArms, onPurpose: ['norm', 'l2', 'epochs'] })).toEqual([
      'steps refused',
    ]);
    const byWhen = { onPurpose, intended: ['l2', 'steps'] };
    expect(weights(ofBn(0.2, 100), byWhen)).toEqual(['steps intended', 'l2 intended']);
    expect(weights(ofBn(0.3, 100), byWhen)).toEqual(['steps intended', 'l2 refused']);
    expect(weights(ofBn(0.2, 900), byWhen)).toEqual(['steps refused', 'l2 intended']);
  });

  it('takes steps and images as intended where they follow from what the experiment gives to some arms', () => {
    const none = { norm: 'none', seed: 1, steps: 500 };
    const shorter = plantedLog('none', none, 0.7, { steps: 500 });
    const weights = (key: string, run: RunLog) =>
      differencesBetween([first, run], { onPurpose, intended: [key] }).map(
        ({ what, weight }) => `${what} ${weight}`,
      );
    for (const key of ['steps', 'epochs', 'batch']) expect(weights(key, shorter)).toEqual(['steps intended']);
    expect(weights('l2', shorter)).toEqual(['steps refused']);
    const others = plantedLog('none', { norm: 'none', seed: 1 }, 0.7, { sha256: 'b'.repeat(64) });
    for (const key of ['dataset', 'data', 'trainImages', 'testImages', 'validation'])
      expect(weights(key, others)).toEqual(['data intended']);
    expect(weights('epochs', others)).toEqual(['data refused']);
  });
});

describe('differenceInWords', () => {
  const values = [
    { value: '1', runs: ['a', 'b', 'c', 'd'] },
    { value: '2', runs: ['e', 'f', 'g', 'h', 'i'] },
  ];
  it.each([
    ['refused', 'Not compared, as the runs differ in l2: 1 (a, b, c, d); 2 (e, f, g and 2 more).'],
    ['intended', 'The experiment gives its arms different l2: 1 (a, b, c, d); 2 (e, f, g and 2 more).'],
    [
      'noted',
      'The runs differ in l2, so their results may differ in the last bits: 1 (a, b, c, d); 2 (e, f, g and 2 more).',
    ],
  ] as [Difference['weight'], string][])('of weight %s', (weight, sentence) => {
    expect(differenceInWords({ what: 'l2', weight, values })).toBe(sentence);
  });
});
