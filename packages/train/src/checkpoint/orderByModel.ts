import { TrainError } from '@normlab/errors';
import { type Model, type ModelSpec, type PlannedVariable, variablePlan } from '@normlab/models';
import type { SafetensorsEntry } from '../safetensors.js';
import { canonicalJson, type Source } from './checkpointFile.js';

type Entries = Readonly<Record<string, SafetensorsEntry>>;

/** The arrays of a checkpoint by group and path. */
export type CheckpointEntries = {
  readonly params: Entries;
  readonly stats: Entries;
  readonly optimizer: Entries;
};

/**
 * The same arrays, with the variables in the model's order. The order follows from the model's spec; no variables are
 * created for the comparison.
 *
 * @throws TrainError naming the first variable, or the first part of the spec, that differs between the checkpoint and
 *   the model
 */
export function orderByModel(
  model: Model,
  { params, stats, optimizer }: CheckpointEntries,
  spec: ModelSpec,
  source: Source,
): CheckpointEntries {
  const expected = variablePlan(model.spec);
  const ordered = {
    params: orderGroup('params', expected.params, params, source),
    stats: orderGroup('stats', expected.stats, stats, source),
    optimizer,
  };
  const part = firstDifference(spec, model.spec, '');
  if (part !== undefined)
    throw otherModel(source, `have the model's spec.${part.path}, ${part.wanted}`, part.found);
  return ordered;
}

function orderGroup(
  group: string,
  expected: readonly PlannedVariable[],
  found: Entries,
  source: Source,
): Entries {
  const ordered: Record<string, SafetensorsEntry> = {};
  for (const { path, shape } of expected) {
    const entry = Object.hasOwn(found, path) ? found[path] : undefined;
    if (entry === undefined || `${entry.shape}` !== `${shape}`) {
      throw otherModel(source, `hold ${group}/${path} of shape [${shape}]`, entry?.shape ?? 'none');
    }
    if (entry.dtype !== 'F32') throw otherModel(source, `hold ${group}/${path} as F32`, entry.dtype);
    ordered[path] = entry;
  }
  const extra = Object.keys(found).find((path) => !Object.hasOwn(ordered, path));
  if (extra !== undefined) throw otherModel(source, `hold no ${group}/${extra}`, found[extra]!.shape);
  return ordered;
}

type Difference = { readonly path: string; readonly wanted: string; readonly found: unknown };

function firstDifference(found: unknown, wanted: unknown, path: string): Difference | undefined {
  if (canonicalJson(found) === canonicalJson(wanted)) return undefined;
  if (typeof found === 'object' && found !== null && typeof wanted === 'object' && wanted !== null) {
    for (const key of Object.keys({ ...wanted, ...found })) {
      const step = Array.isArray(wanted) ? `[${key}]` : path === '' ? key : `.${key}`;
      const inner = firstDifference(Reflect.get(found, key), Reflect.get(wanted, key), `${path}${step}`);
      if (inner !== undefined) return inner;
    }
  }
  return { path, wanted: canonicalJson(wanted) ?? 'absent', found: found ?? 'none' };
}

function otherModel(source: Source, rule: string, got: unknown): TrainError {
  return new TrainError({
    where: source.where,
    what: source.file,
    rule,
    got,
    hint: 'it belongs to another model: build the model from the spec in the checkpoint, or choose another run',
  });
}
