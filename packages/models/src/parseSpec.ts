import { nameHint, SpecError } from '@normlab/errors';
import * as v from 'valibot';
import type { SpecFault } from './layers/layerType.js';
import { describeLayer, layerRule, layerTypeNames, type SpecLayer } from './layerTypes.js';
import { type ModelSpec, modelSpecSchema, specKeys } from './modelSpec.js';
import { traceSpec } from './traceSpec.js';

/**
 * Checks that a value from `JSON.parse` is a network that can be built.
 *
 * First every part separately, as in the JSON Schema; then that the parts fit: names differ, kernels are not larger
 * than their images, shortcuts match their branch, and the last layer gives one logit per class.
 *
 * @returns the spec, a copy of plain data
 * @throws SpecError with the path of the first fault, the next three in its hint, and one SpecError per fault in
 *   `cause.errors` if there are several
 * @example
 * ```ts
 * const spec = parseSpec(JSON.parse(await readFile('network.json', 'utf8')));
 * ```
 */
export function parseSpec(json: unknown): ModelSpec {
  return readSpec('parseSpec', json).spec;
}

/** A validated spec, and its layers in their places. */
export type ReadSpec = { readonly spec: ModelSpec; readonly layers: readonly SpecLayer[] };

/**
 * {@link parseSpec} with errors in the name of another function: every public function that takes a spec calls it
 * first.
 */
export function readSpec(where: string, json: unknown): ReadSpec {
  const nested = nestingFault(json);
  if (nested !== undefined) throw specError(where, [nested]);
  const parsed = v.safeParse(modelSpecSchema, json);
  if (!parsed.success) throw specError(where, parsed.issues.flatMap(faultsOf).filter(isFirst));
  const { layers, faults } = traceSpec(parsed.output);
  if (faults.length > 0) throw specError(where, faults);
  return { spec: parsed.output, layers };
}

/** The number of further faults that a message shows. */
const mostTold = 3;

/**
 * One error for all faults: the first in full, some of the others in the hint, and all of them, each as an error, in
 * the cause.
 *
 * @param faults at least one
 */
export function specError(where: string, faults: readonly SpecFault[]): SpecError {
  const all = faults.map((fault) => new SpecError({ where, ...fault }));
  const first = all[0]!;
  const others = all.slice(1);
  if (others.length === 0) return first;
  const told = others.slice(0, mostTold).map(({ message }) => message.slice(`${where}: `.length, -1));
  const left = others.length - told.length;
  const also = [...told, ...(left > 0 ? [`and ${left} more`] : [])].join('; ');
  const hint =
    first.complaint.hint === undefined ? `also: ${also}` : `${first.complaint.hint}; also: ${also}`;
  return new SpecError({ ...first.complaint, hint }, { cause: new AggregateError(all) });
}

/** Deeper nesting of residuals would overflow the stack; no real network is so deep. */
const deepestNesting = 100;

/** Checked first: the validators recurse, and deep or cyclic input would overflow the stack. */
function nestingFault(json: unknown): SpecFault | undefined {
  // A residual is an object in an array.
  const isDeeper = (value: unknown, levels: number): boolean =>
    typeof value === 'object' &&
    value !== null &&
    (levels === 0 || Object.values(value).some((inner) => isDeeper(inner, levels - 1)));
  if (!isDeeper(json, 2 * deepestNesting + 4)) return undefined;
  return { what: 'spec', rule: `nest at most ${deepestNesting} layers inside one another` };
}

function faultsOf({ path, input, expected, message }: v.BaseIssue<unknown>): SpecFault[] {
  const keys = (path ?? []).map(({ key }) => key as PropertyKey);
  const fault = { what: pathText(keys), rule: message };
  const place = path?.at(-1);
  if (place === undefined) {
    const hint = typeof input === 'string' ? { hint: 'give JSON.parse of the text' } : {};
    return [input === undefined ? missing(fault) : { ...fault, got: input, ...hint }];
  }
  if (place.type === 'object' && Array.isArray(place.input)) {
    const rule = keys.length === 1 ? 'be an object' : layerRule;
    return [{ what: pathText(keys.slice(0, -1)), rule, got: place.input }];
  }
  if (expected === 'never') return unknownKeys(place.input as object, keys.slice(0, -1));
  const given = place.value;
  if (given === undefined) return [missing(fault)];
  if (typeof given !== 'string') return [{ ...fault, got: given }];
  const hint = place.key === 'type' ? nameHint(given, layerTypeNames) : nearestOf(given, message);
  return [{ ...fault, got: given, ...(hint !== undefined && { hint }) }];
}

/** Whether no earlier fault has the same place: a value can break two rules, and an array misses each key. */
function isFirst({ what }: SpecFault, index: number, faults: readonly SpecFault[]): boolean {
  return faults.findIndex((each) => each.what === what) === index;
}

function missing(fault: SpecFault): SpecFault {
  return { ...fault, rule: `${fault.rule}, but is missing` };
}

/** The validator reports only the first of them. */
function unknownKeys(holder: object, path: readonly PropertyKey[]): SpecFault[] {
  const { called, keys } = path.length === 0 ? { called: 'a spec', keys: specKeys } : describeLayer(holder);
  return Object.keys(holder)
    .filter((key) => !keys.includes(key))
    .map((key) => ({
      what: pathText([...path, key]),
      rule: `be left out, as ${called} has no such key`,
      hint: nameHint(key, keys),
    }));
}

/** A hint if a word is near one that the rule lists; without a near word the rule itself lists all. */
function nearestOf(given: string, rule: string): string | undefined {
  if (!rule.startsWith('be one of ')) return undefined;
  const hint = nameHint(
    given,
    [...rule.matchAll(/"([^"]*)"/g)].map(([, word]) => word!),
  );
  return hint.startsWith('did you mean') ? hint : undefined;
}

function pathText(path: readonly PropertyKey[]): string {
  const text = path
    .map((key) => (/^[A-Za-z_]\w*$/.test(String(key)) ? `.${String(key)}` : `[${JSON.stringify(key)}]`))
    .join('');
  return text === '' ? 'spec' : text.replace(/^\./, '');
}
