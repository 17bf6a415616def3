import { refuseOthers } from '@normlab/errors';
import { type ArmResult, type GroupResult, groupResults, type SeedResult } from './armResults.js';
import { type ClaimVerdict, judgeClaims } from './claims/judgeClaims.js';
import { differenceInWords } from './comparability.js';
import { type Comparison, compareArms } from './compareArms.js';
import type { Experiment } from './experiment.js';
import type { Recording } from './recordings.js';
import type { RunLog } from './runLog.js';
import { holm } from './statistics/holm.js';
import { type StepTimeRatio, type StepTimes, stepTimeRatios } from './stepTimes.js';
import { fewOf, seedsInWords } from './words.js';

/** The results of an experiment: the content of `results.json`. */
export type Analysis = {
  readonly format: 'normlab-results-1';
  readonly experiment: Experiment;
  readonly groups: readonly GroupResult[];
  readonly comparisons: readonly Comparison[];
  readonly claims: readonly ClaimVerdict[];
  /** Interleaved timings of steps; absent if there are none. */
  readonly stepTimes?: readonly StepTimeRatio[];
  /** What a reader must know besides the numbers: runs that are missing, have diverged, or differ. */
  readonly notes: readonly string[];
};

/** Data of an analysis besides the logs. */
export type AnalyseOptions = {
  /** Recordings by the name of the run. */
  readonly recordings?: ReadonlyMap<string, readonly Recording[]>;
  /** Interleaved timings of steps, of `step-times.json`. */
  readonly stepTimes?: StepTimes | undefined;
  /** Keys of settings in which runs of one arm may differ: where a run computes, what it records. None by default. */
  readonly decideNothing?: ReadonlySet<string>;
  /** By the key of a setting, the settings that decide its default or whether it has a meaning; none by default. */
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
};

/**
 * Statistics, comparisons and verdicts of an experiment, from the logs of its runs alone.
 *
 * Runs that diverged or are not done are counted and named, but are in no mean. Pure: the same logs give the same
 * analysis.
 */
export function analyse(
  experiment: Experiment,
  logs: readonly RunLog[],
  {
    recordings = new Map(),
    stepTimes,
    decideNothing = new Set(),
    dependsOn = {},
    ...others
  }: AnalyseOptions = {},
): Analysis {
  refuseOthers('analyse', others, ['recordings', 'stepTimes', 'decideNothing', 'dependsOn']);
  const groups = groupResults(experiment, logs, { decideNothing, dependsOn });
  const compared = groups.flatMap((group) => compareArms(group, experiment.margin));
  const adjusted = holm(compared.flatMap(({ paired }) => paired.p ?? []));
  let next = 0;
  const comparisons = compared.map((each) => ({
    ...each,
    adjusted: each.paired.p === null ? null : adjusted[next++]!,
  }));
  return {
    format: 'normlab-results-1',
    experiment,
    groups,
    comparisons,
    claims: judgeClaims({ experiment, logs, groups, comparisons, recordings, stepTimes }),
    ...(stepTimes !== undefined && { stepTimes: stepTimeRatios(stepTimes) }),
    notes: [...notesOf(groups), ...validationNotes(logs), ...leftOutNotes(groups, logs)],
  };
}

function validationNotes(logs: readonly RunLog[]): string[] {
  const names = logs.filter(({ head }) => head.settings.validation !== undefined).map(({ name }) => name);
  if (names.length === 0) return [];
  return [`Accuracies are on images held out of training, not on test images: ${fewOf(names)}.`];
}

function leftOutNotes(groups: readonly GroupResult[], logs: readonly RunLog[]): string[] {
  const seeds = groups.flatMap(({ arms }) => arms.flatMap((arm) => arm.seeds));
  const shown = new Set(seeds.flatMap(({ state, run }) => (state === 'missing' ? [] : run)));
  const names = logs.filter(({ name }) => !shown.has(name)).map(({ name }) => name);
  if (names.length === 0) return [];
  return [`Left out, as no arm and seed are theirs, or another run has the same: ${fewOf(names)}.`];
}

function notesOf(groups: readonly GroupResult[]): string[] {
  const arms = groups.flatMap((group) => group.arms);
  const all = arms.flatMap(({ seeds }) => seeds);
  const named = (...states: readonly (typeof all)[number]['state'][]) => runsInWords(arms, states);
  const of = (state: (typeof all)[number]['state']) => all.filter((seed) => seed.state === state);
  const diverged = of('diverged').map(({ run, reason }) => `${run} (${reason})`);
  const unfinished = named('running', 'interrupted');
  const missing = named('missing');
  const dead = all
    .filter(({ neverPredicted }) => (neverPredicted?.length ?? 0) > 0)
    .map(({ run, neverPredicted }) => `${run} (${neverPredicted!.join(', ')})`);
  return [
    diverged.length > 0 && `Diverged, so in no mean: ${fewOf(diverged)}.`,
    dead.length > 0 && `Never predict a class: ${fewOf(dead)}.`,
    unfinished !== '' && `Not done yet, so in no mean: ${unfinished}.`,
    missing !== '' && `Not started: ${missing}.`,
    ...groups.flatMap(({ name, differences }) =>
      differences.map((each) => (name === 'all' ? '' : `${name}: `) + differenceInWords(each)),
    ),
  ].filter((note) => note !== false);
}

/** `bn with seeds 4 and 5, cbn-all with seeds 1 to 9, none`: an arm alone stands for all its seeds. */
function runsInWords(arms: readonly ArmResult[], states: readonly SeedResult['state'][]): string {
  const parts = arms.flatMap(({ name, seeds }) => {
    const found = seeds.filter(({ state }) => states.includes(state)).map(({ seed }) => seed);
    if (found.length === 0) return [];
    if (found.length === seeds.length) return [name];
    return [`${name} with ${seedsInWords(found)}`];
  });
  return fewOf(parts);
}
