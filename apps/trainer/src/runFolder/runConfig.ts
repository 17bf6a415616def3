import { join } from 'node:path';
import type { OpenBackend } from '@normlab/backends';
import { DataError, SpecError } from '@normlab/errors';
import { fileExists, readJson } from '@normlab/files';
import { type ModelSpec, parseSpec } from '@normlab/models';
import { z } from 'zod';
import { settingsSchema } from '../settings/settings.js';
import { shellWord } from '../terminal/shellWord.js';
import { configFile } from './configFile.js';
import { type Provenance, provenanceSchema } from './provenance.js';
import { versions } from './versions.js';

const where = 'run folder';

const runConfigSchema = z.strictObject({
  format: z.literal('normlab-run-1'),
  settings: settingsSchema,
  spec: z.unknown().transform((json, context) => specIn(json, context)),
  length: z.strictObject({ steps: z.int().nonnegative(), stepsPerEpoch: z.int().positive() }),
  /** Each time that the run was resumed with more steps than before; `settings` and `length` are those of the last. */
  extended: z
    .array(z.strictObject({ fromSteps: z.int().positive(), toSteps: z.int().positive() }))
    .exactOptional(),
  dataset: z.strictObject({
    trainImages: z.int().positive(),
    /** Held out of training and evaluated on, if there are any. */
    validationImages: z.int().positive().exactOptional(),
    testImages: z.int().positive(),
    /** Training images of each class, in the order of `classes`; older runs lack it. */
    trainPerClass: z.array(z.int().nonnegative()).exactOptional(),
    shape: z.tuple([z.int().positive(), z.int().positive(), z.int().positive()]),
    classes: z.array(z.string()),
    sha256: z.string(),
  }),
  backend: z.strictObject({ name: z.string(), description: z.string(), threads: z.int().nonnegative() }),
  versions: z.record(z.string(), z.string()),
  /** Runs of older versions lack it. */
  provenance: provenanceSchema.exactOptional(),
});

/** The content of a run folder's `config.json`: everything with which the run was started, resolved. */
export type RunConfig = z.infer<typeof runConfigSchema>;

/** The part of a run's config that is known before its backend is open. */
export type RunPlan = Pick<RunConfig, 'settings' | 'spec' | 'length' | 'dataset'>;

/** The `config.json` of a run that is about to start. */
export function configOf(
  { settings, spec, length, dataset }: RunPlan,
  { name, description, threads }: OpenBackend,
  provenance?: Provenance,
): RunConfig {
  const backend = { name, description, threads };
  return {
    format: 'normlab-run-1',
    settings,
    spec,
    length,
    dataset,
    backend,
    versions: versions(),
    ...(provenance !== undefined && { provenance }),
  };
}

/**
 * Reads a run folder's `config.json`.
 *
 * @throws DataError if the folder holds no run, or the file was not written by normlab
 */
export async function readRunConfig(folder: string): Promise<RunConfig> {
  const file = join(folder, configFile);
  if (!fileExists(file, { where })) throw notARun(folder);
  const result = runConfigSchema.safeParse(await readJson(file, { where }));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const what = `${file}: ${issue.path.join('.') || 'its content'}`;
  throw new DataError({ where, what, rule: `be as normlab wrote it: ${issue.message}`, file });
}

/** The spec, or zod's own complaint that says what is wrong with it. */
function specIn(json: unknown, context: z.RefinementCtx): ModelSpec {
  try {
    return parseSpec(json);
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    context.addIssue({ code: 'custom', message: error.message });
    return z.NEVER;
  }
}

function notARun(folder: string): DataError {
  const isThere = fileExists(folder, { where });
  return new DataError({
    where,
    what: folder,
    rule: `be the folder of a run, with its ${configFile}`,
    got: isThere ? 'something else' : 'nothing there',
    ...(isThere && {
      hint: `a run that was stopped before it began is started again with --out ${shellWord(folder)}`,
    }),
    file: folder,
  });
}
