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
  /** Keys of the settings that the experiment gives to some arms. */
  readonly intended?: readonly string[];
  /** Keys of settings that do not affect a comparison, or that other fields describe better; none by default. */
  readonly decideNothing?: ReadonlySet<string>;
};

/**
 * The differences between runs that are to be compared, other than the settings of their arms.
 *
 * A difference in images, in the number of steps or in another setting is refused; one in version, backend or machine
 * is noted.
 *
 */
export function differencesBetween(
  runs: readonly RunLog[],
  { onPurpose, intended = [], decideNothing = new Set(), ...others }: DifferencesOptions,
): Difference[] {
  refuseOthers('differencesBetween', others, ['onPurpose', 'intended', 'decideNothing']);
  const weightOf = (key: string) => (intended.includes(key) ? 'intended' : 'refused');
  const keys = [...new Set(runs.flatMap(({ head }) => Object.keys(head.settings)))].filter(
    (key) => key !== 'seed' && !decideNothing.has(key) && !onPurpose.includes(key),
  );
  const packages = [...new Set(runs.flatMap(({ head }) => Object.keys(head.versions)))];
  const purpose = new Set(onPurpose);
  return [
    difference(
      'data',
      'refused',
      runs,
      ({ head: { dataset } }) =>
        `${dataset.trainImages} and ${dataset.testImages} images, sha256 ${dataset.sha256.slice(0, 12)}`,
    ),
    // Arms may differ in the number of steps on purpose.
    ...(purpose.has('steps') || purpose.has('epochs')
      ? []
      : [difference('steps', weightOf('steps'), runs, ({ head }) => String(head.length.steps))]),
    ...keys.map((key) =>
      difference(key, weightOf(key), runs, ({ head }) => JSON.stringify(head.settings[key]) ?? 'absent'),
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
