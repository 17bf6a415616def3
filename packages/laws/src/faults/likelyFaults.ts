import type { LawReport } from '../check.js';
import { derivedFaults, faults } from './faults.js';

/** A fault that explains which laws fell. */
export type LikelyFault = {
  /** In words: `ε outside the root`. */
  readonly fault: string;
  /** Of the laws that fell and those known to fall by this fault, the share that is both; 1 if they are the same laws. */
  readonly agreement: number;
};

/**
 * The faults that best explain which laws fell and which held, best first; none if no known fault explains at least
 * half, or too many explain it equally well.
 *
 * Each fault of a table of some fifty faulty implementations is known to fail certain laws, which for some are others if
 * the gradients are derived from a faulty normalization. Of these, only the laws that were checked count. The result is
 * a hint: a fault of another kind, or two faults at once, may look like one of the table.
 *
 * @param reports those of `check`, one for each law of `lawsFor(subject)`
 *
 * @example
 * ```ts
 * const reports = [];
 * for (const law of lawsFor(subject)) reports.push(await check(law, subject, { seed: 1 }));
 * likelyFaults(reports); // [{ fault: 'ε outside the root', agreement: 1 }]
 * ```
 */
export function likelyFaults(reports: readonly Pick<LawReport, 'id' | 'holds'>[]): LikelyFault[] {
  const fallen = new Set(reports.flatMap(({ id, holds }) => (holds ? [] : [id])));
  if (fallen.size === 0) return [];
  const agreement = (laws: readonly string[]): number => {
    const expected = reports.filter(({ id }) => laws.includes(id));
    const both = expected.filter(({ holds }) => !holds).length;
    return both / (fallen.size + expected.length - both);
  };
  const likely = Object.entries<readonly string[]>(faults)
    .map(([fault, laws]) => ({
      fault,
      agreement: Math.max(agreement(laws), agreement(derivedFaults[fault] ?? [])),
    }))
    .filter(({ agreement }) => agreement >= 0.5)
    .sort((a, b) => b.agreement - a.agreement);
  return likely[most]?.agreement === likely[0]?.agreement ? [] : likely.slice(0, most);
}

/** If more faults agree equally well, too few laws were checked for a hint. */
const most = 3;
