import { refuseOthers } from '@normlab/errors';
import type { Experiment, Settings } from './experiment.js';
import type { RunLog } from './runLog.js';

export type InferOptions = {
  readonly title?: string;
  /** Keys of settings that never make an arm, because they only say where and how a run was made; none by default. */
  readonly decideNothing?: ReadonlySet<string>;
};

/**
 * The experiment of run folders without an `experiment.json`: the settings that differ are the arms.
 *
 * The reference is `norm: 'bn'` if some run has it, otherwise the settings of the first run. If no setting differs,
 * there is one arm, named by its norm.
 *
 * @param runs at least one
 */
export function inferExperiment(
  runs: readonly RunLog[],
  { title = 'Runs', decideNothing = new Set(), ...others }: InferOptions = {},
): Experiment {
  refuseOthers('inferExperiment', others, ['title', 'decideNothing']);
  const keys = [...new Set(runs.flatMap(({ head }) => Object.keys(head.settings)))].filter(
    (key) =>
      key !== 'seed' &&
      !decideNothing.has(key) &&
      new Set(runs.map(({ head }) => JSON.stringify(head.settings[key]))).size > 1,
  );
  const armKeys = keys.length > 0 ? keys : ['norm'];
  const arms = new Map<string, Settings>();
  for (const { head } of runs) {
    const arm = Object.fromEntries(
      armKeys.flatMap((key) => (head.settings[key] === undefined ? [] : [[key, head.settings[key]]])),
    );
    arms.set(JSON.stringify(arm), arm);
  }
  const first = [...arms.values()][0] ?? {};
  const hasBatchNorm = [...arms.values()].some(({ norm }) => norm === 'bn');
  return {
    title,
    settings: {},
    arms: [...arms.values()].map((arm) =>
      Object.fromEntries(Object.entries(arm).map(([key, value]) => [key, [value]])),
    ),
    when: [],
    seeds: [...new Set(runs.map(({ head }) => Number(head.settings.seed)))].sort((a, b) => a - b),
    reference: hasBatchNorm ? { norm: 'bn' } : first,
    margin: 0.005,
  };
}
