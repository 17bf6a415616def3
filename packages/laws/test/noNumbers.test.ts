import { check, type Subject } from '@normlab/laws';
import { laws } from '@normlab/laws/suite';
import { describe, expect, it } from 'vitest';
import { plainSubject } from './plain/plainSubject.js';

/** Results that are not numbers must not count as samples with an infinite bound. */
describe.each([
  ['NaN', (values: Numbers) => values.map(() => Number.NaN)],
  ['infinite', (values: Numbers) => values.map(() => Infinity)],
  [
    'NaN in one place',
    (values: Numbers) => values.map((each, i) => (i === values.length - 1 ? Number.NaN : each)),
  ],
  ['none', (values: Numbers) => values.subarray(0, 0)],
] as const)('results that are %s', (kind, spoil) => {
  // A loss is a single number, so it cannot be empty.
  const chosen = laws.filter(({ samples }) => kind !== 'none' || samples !== 'head');

  it.each(chosen.map((law) => [law.id, law] as const))('fail law %s', async (_, law) => {
    const { holds } = await check(law, spoiled(spoil), { runs: 20, seed: 1 });
    expect(holds).toBe(false);
  });
});

type Numbers = Float32Array | Float64Array;

/** The correct twin with spoiled results. */
function spoiled(spoil: (values: Numbers) => Numbers): Subject {
  const spoilAll = (result: unknown): unknown => {
    if (typeof result === 'number') return spoil(Float64Array.of(result))[0];
    if (result instanceof Float32Array || result instanceof Float64Array) return spoil(result);
    if (Array.isArray(result) || typeof result !== 'object' || result === null) return result;
    return Object.fromEntries(Object.entries(result).map(([name, each]) => [name, spoilAll(each)]));
  };
  const right = plainSubject();
  return new Proxy(right, {
    get(subject, name, receiver) {
      const member: unknown = Reflect.get(subject, name, receiver);
      if (typeof member !== 'function') return member;
      return async (...given: unknown[]) => spoilAll(await Reflect.apply(member, subject, given));
    },
  });
}
