import { type Arm, armsOf, holds, isSame, runName, runsOf } from './expandRuns.js';
import type { Experiment } from './experiment.js';
import type { RunLog } from './runLog.js';

/** The log of an arm's run with a seed. */
export type LogOf = (arm: Arm, seed: number) => RunLog | undefined;

/**
 * Finds each run's log by the name that the experiment gives the run, else by its settings: a folder may have another
 * name.
 *
 * By its settings, a log belongs to the arm that names most of them: an arm that leaves a setting out has its default,
 * so `{ norm: 'bn', trainImages: 40 }` is no run of the arm `{ norm: 'bn' }` where another arm names both. A log has one
 * run at most; of several logs of one run, the first is taken.
 */
export function logFinder(experiment: Experiment, logs: readonly RunLog[]): LogOf {
  const arms = armsOf(experiment);
  const named = new Map(runsOf(experiment).map(({ name, arm, seed }) => [name, { arm, seed }]));
  const closest = new Map(logs.map((log) => [log, closestArm(arms, log)?.name]));
  const withLogs = new Set(closest.values());
  const found = new Map<string, RunLog>();
  const others: RunLog[] = [];
  for (const log of logs) {
    const run = named.get(log.name);
    if (run === undefined) others.push(log);
    // A folder that the experiment names, but that holds another run.
    else if (!isOf(run.arm, run.seed, log)) continue;
    // In an inferred experiment, folders have any names, also that of a run of another arm.
    else if (closest.get(log) !== run.arm.name && withLogs.has(run.arm.name)) others.push(log);
    else found.set(log.name, log);
  }
  for (const log of others) {
    const arm = closest.get(log);
    if (arm === undefined) continue;
    const name = runName({ name: arm }, Number(log.head.settings.seed));
    if (!found.has(name)) found.set(name, log);
  }
  return (arm, seed) => found.get(runName(arm, seed));
}

function isOf(arm: Arm, seed: number, { head: { settings } }: RunLog): boolean {
  return isSame(settings.seed, seed) && holds(arm.settings, settings);
}

/** Of the arms whose settings a log has, the one that names most. */
function closestArm(arms: readonly Arm[], { head }: RunLog): Arm | undefined {
  const size = ({ settings }: Arm) => Object.keys(settings).length;
  return arms
    .filter((arm) => holds(arm.settings, head.settings))
    .reduce<Arm | undefined>(
      (closest, arm) => (closest === undefined || size(arm) > size(closest) ? arm : closest),
      undefined,
    );
}
