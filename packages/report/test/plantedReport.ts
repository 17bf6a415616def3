import { analyse, parseExperiment, parseRecordings, type Recording } from '@normlab/experiments';
import { plantedLog, plantedRuns } from '../../experiments/test/plantedRuns.js';
import type { ReportInput } from '../src/index.js';

/** A report's input with every part: two groups, a diverged run, a run not started, recordings, Table 4. */
export function plantedReport(): ReportInput {
  const experiment = parseExperiment({
    title: 'Planted <placements> & activations',
    extends: 'all-cnn-quarter',
    arms: { norm: ['bn', 'cbn-all', 'cbn-lconv-nobn'], activation: ['relu', 'tanh'] },
    seeds: 5,
    reference: { norm: 'bn' },
  });
  const sd = 0.002;
  const logs = plantedRuns(experiment, {
    'bn-relu': { shift: 0, sd },
    'cbn-all-relu': { shift: -0.03, sd },
    'cbn-lconv-nobn-relu': { shift: 0, sd },
    'bn-tanh': { shift: -0.06, sd },
    'cbn-all-tanh': { shift: -0.1, sd },
    'cbn-lconv-nobn-tanh': { shift: -0.12, sd },
  });
  const line = `${JSON.stringify({ type: 'diverged', step: 40, reason: 'the loss is NaN', seconds: 1 })}\n`;
  const diverged = logs.findIndex(({ name }) => name === 'cbn-lconv-nobn-tanh-seed4');
  logs[diverged] = plantedLog('cbn-lconv-nobn-tanh-seed4', logs[diverged]!.head.settings, 0, { lines: line });
  logs.splice(
    logs.findIndex(({ name }) => name === 'cbn-all-tanh-seed5'),
    1,
  );
  const recordings = new Map(
    logs.filter(({ name }) => name.startsWith('bn-relu')).map(({ name }) => [name, plantedRecordings(name)]),
  );
  return {
    analysis: analyse(experiment, logs, { recordings }),
    logs,
    recordings,
    parameters: [{ model: 'resnet-29', norm: 'bn', counted: 4_238_922, paper: 4_238_922 }],
    commands: ['normlab compare planted.json --data ./cifar'],
  };
}

/** A report whose arms, runs and kernels have other names. */
export function renamed(input: ReportInput, rename: (name: string) => string): ReportInput {
  const { analysis, logs, recordings = new Map<string, readonly Recording[]>() } = input;
  const groups = analysis.groups.map((group) => ({
    ...group,
    arms: group.arms.map((arm) => ({
      ...arm,
      name: rename(arm.name),
      seeds: arm.seeds.map((seed) => ({ ...seed, run: rename(seed.run) })),
    })),
  }));
  return {
    ...input,
    analysis: { ...analysis, groups },
    logs: logs.map((log) => ({ ...log, name: rename(log.name) })),
    recordings: new Map(
      [...recordings].map(([run, lines]) => [
        rename(run),
        lines.map((line) => (line.type === 'weights' ? { ...line, kernel: rename(line.kernel) } : line)),
      ]),
    ),
  };
}

/** Gains whose spread around 1 grows, a nearly normal output, and a growing weight. */
function plantedRecordings(name: string): Recording[] {
  const size = 1 + 0.01 * Number(name.at(-1));
  const lines = [100, 400, 700, 1000].flatMap((step) => [
    ...['norm1', 'norm2', 'norm9'].map((layer) => {
      const spread = (layer === 'norm9' ? 0.2 * size : 0.01) * (size * (step / 1000));
      const edges = Array.from({ length: 11 }, (_, index) => 1 + spread * (index - 5));
      const counts = [1, 2, 4, 8, 12, 12, 8, 4, 2, 1];
      const [min, max] = [edges[0], edges[10]];
      return { type: 'norm', step, layer, variable: 'gain', drift: spread * 1.9, min, max, edges, counts };
    }),
    ...['norm4', 'norm9'].map((layer) => ({
      type: 'output',
      step,
      layer,
      mean: 0,
      sd: 1,
      skew: 0.1,
      excessKurtosis: 1.2,
      ks: 0.03 * size,
      edges: [-3, -2, -1, 0, 1, 2, 3],
      counts: [22, 136, 341, 341, 136, 24],
    })),
    ...['conv1/kernel', 'conv9/kernel'].map((kernel) => ({
      type: 'weights',
      step,
      kernel,
      norm: 2 + step / 1000,
      gradient: 1 / (2 + step / 1000),
      angle: 0.02,
      effectiveRate: 0.1 / (2 + step / 1000) ** 2,
    })),
  ]);
  return parseRecordings(name, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
}
