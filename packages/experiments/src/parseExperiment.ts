import { nameHint, OptionError } from '@normlab/errors';
import { z } from 'zod';
import { armsOf } from './expandRuns.js';
import type { Experiment } from './experiment.js';

const value = z.union(
  [z.string(), z.number(), z.boolean(), z.array(z.number()).readonly(), z.array(z.string()).readonly()],
  'be a string, a number, true, false, or a list of numbers or strings',
);
const settings = z.record(z.string(), value, 'be an object of settings');
const armBlock = z
  .record(
    z.string(),
    z.array(value, 'be a list of values').min(1, 'hold at least one value').readonly(),
    'be an object of lists, as in { "norm": ["bn", "cbn-all"] }',
  )
  .refine((block) => Object.keys(block).length > 0, 'name at least one setting');
const seed = z
  .int('be an integer')
  .min(0, 'be ≥ 0')
  .max(2 ** 32 - 1, 'be < 2³²');

const experimentSchema = z.strictObject(
  {
    title: z.string('be a string').min(1, 'not be empty'),
    about: z.string('be a string').exactOptional(),
    extends: z.string('be the name or path of a recipe').exactOptional(),
    settings: settings.default({}),
    arms: z
      .union([armBlock.transform((block) => [block]), z.array(armBlock).min(1, 'hold at least one block')], {
        error: 'be an object of lists, as in { "norm": ["bn", "cbn-all"] }, or a list of such objects',
      })
      .readonly(),
    when: z
      .array(z.strictObject({ arm: settings, settings }))
      .readonly()
      .default([]),
    seeds: z
      .union(
        [
          z.array(seed).min(1),
          z
            .int()
            .min(1)
            .max(1000)
            .transform((count) => Array.from({ length: count }, (_, index) => index + 1)),
        ],
        'be a number of seeds from 1 to 1000, or a list of integers in [0, 2³²)',
      )
      .refine((list) => new Set(list).size === list.length, 'not name a seed twice')
      .readonly(),
    reference: settings.refine((given) => Object.keys(given).length > 0, 'name at least one setting'),
    margin: z.number('be a number in (0, 1)').gt(0, 'be in (0, 1)').lt(1, 'be in (0, 1)').default(0.005),
    target: z.number('be a number in (0, 1)').gt(0, 'be in (0, 1)').lt(1, 'be in (0, 1)').exactOptional(),
  },
  'be an object',
);

/** The keys of an experiment's file. */
export const experimentKeys = Object.keys(experimentSchema.shape);

/**
 * Checks that a value from `JSON.parse` is an experiment, and fills in defaults.
 *
 * `seeds` may be a number n for 1 … n, and `arms` one block instead of a list. Settings are not checked here; the
 * trainer checks those of every run before the first run starts.
 *
 * @param where the place that messages name, such as the file
 * @throws OptionError that names the key at fault
 *
 * @example
 * ```ts
 * parseExperiment({ title: 'Two placements', arms: { norm: ['bn', 'cbn-all'] }, seeds: 3, reference: { norm: 'bn' } });
 * ```
 */
export function parseExperiment(json: unknown, { where = 'parseExperiment' } = {}): Experiment {
  const parsed = experimentSchema.safeParse(json);
  if (!parsed.success) throw faultOf(where, parsed.error.issues[0]!, json);
  const experiment = parsed.data;
  checkReference(where, experiment);
  armsOf(experiment, { where });
  return experiment;
}

/** Each key of the reference must be an arm setting, and the arms must have its value. */
function checkReference(where: string, { arms, reference }: Experiment): void {
  for (const [key, wanted] of Object.entries(reference)) {
    const values = arms.flatMap((block) => block[key] ?? []);
    const what = `reference.${key}`;
    if (values.length === 0) {
      const keys = [...new Set(arms.flatMap(Object.keys))];
      throw new OptionError({
        where,
        what,
        rule: 'be a setting that arms differ in',
        hint: nameHint(key, keys),
      });
    }
    if (values.some((each) => JSON.stringify(each) === JSON.stringify(wanted))) continue;
    throw new OptionError({ where, what, rule: `be one of ${values.map(String).join(', ')}`, got: wanted });
  }
}

function faultOf(where: string, issue: z.core.$ZodIssue, json: unknown): OptionError {
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const what = [...issue.path, key].join('.');
    const rule = 'be left out, as an experiment has no such key';
    return new OptionError({ where, what, rule, hint: nameHint(key, experimentKeys) });
  }
  const given = issue.path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    json,
  );
  const what = issue.path.length === 0 ? 'the experiment' : issue.path.join('.');
  const rule = given === undefined ? `${issue.message}, but is missing` : issue.message;
  return new OptionError({ where, what, rule, got: given });
}
