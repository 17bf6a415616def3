import type { Law } from '../law.js';
import type { OperationName } from '../subject.js';
import type { Values } from '../values.js';
import { draw, type SampleKind, type Samples } from './samples.js';

/**
 * The arrays that a sample stands for, by path, such as those of a counterexample: a sample itself is a few numbers.
 *
 * The subject gets them rounded to its precision. Arrays that a law draws only when it needs them, such as the batches of
 * a trajectory, are left out.
 *
 * @example
 * ```ts
 * const { counterexample } = await check(outputMean, subject, { seed: 1 });
 * if (counterexample) valuesOf(outputMean, counterexample.sample); // { x: { data, shape }, dy: { data, shape } }
 * ```
 */
export function valuesOf<Name extends OperationName, Kind extends SampleKind>(
  law: Law<Name, Kind>,
  sample: Samples[NoInfer<Kind>],
): Readonly<Record<string, Values>> {
  return Object.fromEntries(valuesIn('', draw(law.samples, sample)));
}

function valuesIn(path: string, node: unknown): (readonly [string, Values])[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return [];
  if ('value' in node && 'shape' in node) {
    const { value, shape } = node as { readonly value: Float64Array; readonly shape: readonly number[] };
    return [[path, { data: value, shape }]];
  }
  return Object.entries(node).flatMap(([name, each]) =>
    valuesIn(path === '' ? name : `${path}/${name}`, each),
  );
}
