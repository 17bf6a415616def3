import { refuseOthers } from '@normlab/errors';
import type { RunLog } from './runLog.js';
import { fewOf } from './words.js';

/** A difference between runs that are to be compared. */
export type Difference = {
  /** `data`, `steps`, a setting's key, `backend`, or the name of a package. */
  readonly what: string;
  /**
   * `refused`: the runs answer different questions and are not compared. `intended`: the experiment asks for it.
   * `noted`: results may differ in their last bits.
   */
  readonly weight: 'refused' | 'intended' | 'noted';
  /** Each value with the runs that have it. */
  readonly values: readonly { readonly value: string; readonly runs: readonly string[] }[];
};

export type DifferencesOptions = {
  /** Keys of the arm settings. */
  readonly onPurpose: readonly string[];
  /** The arm of a run; by default, runs with the same values of the arm settings are of one arm. */
  readonly armOf?: (run: RunLog) => unknown;
  /** Keys of the settings that the experiment gives to some arms. */
  readonly intended?: readonly string[];
  /** Keys of settings that do not affect a comparison, or that other fields describe better; none by default. */
  readonly decideNothing?: ReadonlySet<string>;
  /** By the key of a setting, the settings that decide its default or whether it has a meaning; none by default. */
  readonly dependsOn?: Readonly<Record<string, readonly string[]>>;
};

/** What the images of a run and its number of steps depend on. */
const causes: DifferencesOptions['dependsOn'] & object = {
  data: ['dataset', 'data', 'trainImages', 'testImages', 'validation'],
  steps: ['epochs', 'batch', 'dataset', 'data', 'trainImages', 'validation'],
};

/**
 * The differences between runs that are to be compared, other than the settings of their arms.
 *
 * A difference in images, in the number of steps or in another setting is refused, unless the experiment asks for it:
 * because it gives the setting to some arms, or because the difference follows from a setting that it gives them, as
 * the final learning rate follows from the first. What it asks for is the same in all runs of an arm; any difference
 * between these is refused. A difference in version, backend or machine is noted.
 */
export function differencesBetween(
  runs: readonly RunLog[],
  {
    onPurpose,
    armOf = ({ head: { settings } }) => onPurpose.map((key) => settings[key]),
    intended = [],
    decideNothing = new Set(),
    dependsOn = {},
    ...others
  }: DifferencesOptions,
): Difference[] {
  const known = ['onPurpose', 'armOf', 'intended', 'decideNothing', 'dependsOn'];
  refuseOthers('differencesBetween', others, known);
  const purpose = new Set(onPurpose);
  const given = new Set([...onPurpose, ...intended]);
  const isOfArm = (textOf: (run: RunLog) => string) =>
    countOf(runs, (run) => [armOf(run), textOf(run)]) === countOf(runs, armOf);
  const decided = (what: string, textOf: (run: RunLog) => string) => {
    const reasons = [what, ...(causes[what] ?? []), ...(dependsOn[what] ?? [])];
    const isIntended = reasons.some((key) => given.has(key)) && isOfArm(textOf);
    return difference(what, isIntended ? 'intended' : 'refused', runs, textOf);
  };
  const ofArms = (what: string, textOf: (run: RunLog) => string) =>
    isOfArm(textOf) ? undefined : difference(what, 'refused', runs, textOf);
  // The number of steps is compared by itself, however a run was given its length.
  const keys = [...new Set(runs.flatMap(({ head }) => Object.keys(head.settings)))].filter(
    (key) => !['seed', 'steps'].includes(key) && !decideNothing.has(key),
  );
  const packages = [...new Set(runs.flatMap(({ head }) => Object.keys(head.versions)))];
  const isLengthOfArms = purpose.has('steps') || purpose.has('epochs');
  return [
    decided(
      'data',
      ({ head: { dataset } }) =>
        `${dataset.trainImages} and ${dataset.testImages} images, sha256 ${dataset.sha256.slice(0, 12)}`,
    ),
    (isLengthOfArms ? ofArms : decided)('steps', ({ head }) => String(head.length.steps)),
    ...keys.map((key) =>
      (purpose.has(key) ? ofArms : decided)(
        key,
        ({ head }) => JSON.stringify(head.settings[key]) ?? 'absent',
      ),
    ),
    difference('backend', 'noted', runs, ({ head }) => head.backend.description),
    ...packages.map((name) => difference(name, 'noted', runs, ({ head }) => head.versions[name] ?? 'absent')),
  ].filter((each) => each !== undefined);
}

function difference(
  what: string,
  weight: Difference['weight'],
  runs: readonly RunLog[],
  textOf: (run: RunLog) => string,
): Difference | undefined {
  const values = grouped(runs, textOf);
  if (values.length < 2) return undefined;
  return { what, weight, values };
}

/** The number of different values that runs have. */
function countOf(runs: readonly RunLog[], of: (run: RunLog) => unknown): number {
  return new Set(runs.map((run) => JSON.stringify(of(run)))).size;
}

function grouped(runs: readonly RunLog[], textOf: (run: RunLog) => string): Difference['values'] {
  const groups = new Map<string, string[]>();
  for (const run of runs) {
    const value = textOf(run);
    groups.set(value, [...(groups.get(value) ?? []), run.name]);
  }
  return [...groups].map(([value, names]) => ({ value, runs: names }));
}

/** A difference as one sentence. */
export function differenceInWords({ what, weight, values }: Difference): string {
  const parts = values.map(({ value, runs }) => `${value} (${fewOf(runs, 4)})`).join('; ');
  if (weight === 'intended') return `The experiment gives its arms different ${what}: ${parts}.`;
  return weight === 'refused'
    ? `Not compared, as the runs differ in ${what}: ${parts}.`
    : `The runs differ in ${what}, so their results may differ in the last bits: ${parts}.`;
}
