import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OpenBackend } from '@normlab/backends';
import { DataError } from '@normlab/errors';
import { parseSpec } from '@normlab/models';
import { z } from 'zod';
import { settingsSchema } from '../settings/settings.js';
import type { PreparedRun } from './prepareRun.js';
import { configFile } from './runFolder.js';
import { versions } from './versions.js';

const runConfigSchema = z.strictObject({
  format: z.literal('normlab-run-1'),
  settings: settingsSchema,
  spec: z.unknown().transform(parseSpec),
  length: z.strictObject({ steps: z.int(), stepsPerEpoch: z.int() }),
  dataset: z.strictObject({
    trainImages: z.int(),
    testImages: z.int(),
    shape: z.tuple([z.int(), z.int(), z.int()]),
    classes: z.array(z.string()),
    sha256: z.string(),
  }),
  backend: z.strictObject({ name: z.string(), description: z.string(), threads: z.int() }),
  versions: z.record(z.string(), z.string()),
});

/** What `config.json` of a run folder holds: all that the run was started with, resolved. */
export type RunConfig = z.infer<typeof runConfigSchema>;

/** What `config.json` says of a run that is about to start. */
export function configOf(run: PreparedRun, { name, description, threads }: OpenBackend): RunConfig {
  const { settings, spec, length, dataset } = run;
  return {
    format: 'normlab-run-1',
    settings,
    spec,
    length,
    dataset,
    backend: { name, description, threads },
    versions: versions(),
  };
}

/**
 * Reads a run folder's `config.json`.
 *
 * @throws DataError if the folder holds no run, or the file is not what normlab writes
 */
export function readRunConfig(folder: string): RunConfig {
  const file = join(folder, configFile);
  const rule = `be the folder of a run, with its ${configFile}`;
  if (!existsSync(file)) {
    const got = existsSync(folder) ? 'something else' : 'nothing there';
    throw new DataError({ where: 'run folder', what: folder, rule, got, file: folder });
  }
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    throw new DataError({ where: 'run folder', what: file, rule: 'hold JSON', got, file }, { cause });
  }
  const result = runConfigSchema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const what = `${file}: ${issue.path.join('.') || 'its content'}`;
  throw new DataError({ where: 'run folder', what, rule: `be as normlab wrote it: ${issue.message}`, file });
}
