import { deriveSeed, randomStream } from '@normlab/random';
import type { Experiment, RunLog, Settings } from '../src/index.js';
import { parseRunLog, runsOf } from '../src/index.js';

/** What a planted arm adds to the accuracy of its seed, and the standard deviation of its runs. */
export type Planted = { readonly shift: number; readonly sd: number };

/** A run's files as the trainer writes them, with an accuracy that rises to `accuracy` in ten evaluations. */
export function plantedLog(
  name: string,
  settings: Settings,
  accuracy: number,
  more: {
    readonly sha256?: string;
    readonly steps?: number;
    readonly version?: string;
    readonly lines?: string;
  } = {},
): RunLog {
  const steps = more.steps ?? 1000;
  const config = JSON.stringify({
    format: 'normlab-run-1',
    settings: { model: 'all-cnn', dataset: 'cifar10', ...settings },
    length: { steps, stepsPerEpoch: 100 },
    dataset: {
      trainImages: 50000,
      testImages: 10000,
      shape: [32, 32, 3],
      classes: ['cat', 'dog'],
      sha256: more.sha256 ?? 'a'.repeat(64),
    },
    backend: { name: 'wasm', description: 'wasm: 1 thread', threads: 1 },
    versions: { normlab: more.version ?? '1.0.0', node: '20.20.2' },
  });
  const curve = Array.from({ length: 10 }, (_, index) => {
    const step = (steps / 10) * (index + 1);
    const reached = accuracy * (1 - 0.5 ** (index + 1)) * (index === 9 ? 1 / (1 - 0.5 ** 10) : 1);
    return JSON.stringify({
      type: 'evaluation',
      step,
      epoch: index,
      loss: 1 - reached,
      accuracy: reached,
      images: 10000,
      seconds: step / 10,
    });
  });
  return parseRunLog({ name, config, metrics: more.lines ?? `${curve.join('\n')}\n` });
}

/** Runs of an experiment whose arms differ by planted shifts; a seed's runs share one normal deviate. */
export function plantedRuns(experiment: Experiment, arms: Readonly<Record<string, Planted>>): RunLog[] {
  return runsOf(experiment).map(({ name, arm, seed, settings }) => {
    const { shift, sd } = arms[arm.name]!;
    const shared = 0.005 * randomStream(deriveSeed(seed, 'shared')).normal();
    const own = sd * randomStream(deriveSeed(seed, 'own', arm.name)).normal();
    return plantedLog(name, settings, 0.73 + shared + shift + own);
  });
}
