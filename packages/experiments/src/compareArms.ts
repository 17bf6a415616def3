import type { ArmResult, GroupResult } from './armResults.js';
import { type Equivalence, equivalence } from './statistics/equivalence.js';
import { hasSpread } from './statistics/hasSpread.js';
import { differencesOf, type PairedDifference, pairedDifference } from './statistics/pairedDifference.js';
import { pairsToDecide } from './statistics/power.js';
import { type SignFlip, signFlipTest } from './statistics/signFlipTest.js';
import { type Welch, welch } from './statistics/welch.js';

/** An arm compared with the reference arm of its group, paired by seed. */
export type Comparison = {
  readonly group: string;
  readonly arm: string;
  readonly reference: string;
  /** Seeds of which both runs are done. */
  readonly seeds: readonly number[];
  /** Accuracy of the arm − accuracy of the reference, seed by seed. */
  readonly differences: readonly number[];
  /** Its p values are null for a single pair, and where all differences are equal, so that they show no spread. */
  readonly paired: PairedDifference;
  /** p of the paired t test, adjusted over all comparisons of the experiment by Holm; null if it has none. */
  readonly adjusted: number | null;
  /** null for more pairs than the exact test can enumerate. */
  readonly signFlip: SignFlip | null;
  /** Undecided, without p values, for a single pair and where all differences are equal. */
  readonly equivalence: Equivalence;
  /** Unpaired, over all runs that are done; null if an arm has fewer than two, or if the runs of each arm are equal. */
  readonly welch: Welch | null;
  /**
   * The number of pairs with which an equivalence test has a power of .8, at this sd and no true difference; null where
   * the sd is unknown, or no number is enough.
   */
  readonly pairsToDecide: number | null;
  /**
   * Equivalence test of the logarithm of the ratio of steps to the target, arm over reference, within ±10 %; null with
   * fewer than two pairs, undecided where all ratios are equal.
   */
  readonly convergence: Equivalence | null;
  /** Runs of the arm or the reference that are done but never reached the target, so that they are in no ratio. */
  readonly neverReached: readonly string[];
};

/** Ratios of steps within ±10 % count as equal. */
export const convergenceMargin = Math.log(1.1);

/** Compares each arm of a group with the group's reference; empty where a difference between the runs is refused. */
export function compareArms(group: GroupResult, margin: number): Omit<Comparison, 'adjusted'>[] {
  const reference = group.arms.find(({ name }) => name === group.reference);
  if (reference === undefined || group.differences.some(({ weight }) => weight === 'refused')) return [];
  return group.arms
    .filter((arm) => arm !== reference)
    .flatMap((arm) => compareWith(group.name, arm, reference, margin) ?? []);
}

function compareWith(
  group: string,
  arm: ArmResult,
  reference: ArmResult,
  margin: number,
): Omit<Comparison, 'adjusted'> | undefined {
  const pairs = pairsOf(arm, reference, ({ accuracy }) => accuracy);
  if (pairs.length === 0) return undefined;
  const differences = differencesOf(
    pairs.map(({ value }) => value),
    pairs.map(({ base }) => base),
  );
  const paired = pairedDifference(differences);
  const ratios = pairsOf(arm, reference, (seed) => seed.stepsToTarget).map(({ value, base }) =>
    Math.log(value / base),
  );
  const [ofArm, ofReference] = [arm, reference].map(({ seeds }) =>
    seeds.flatMap(({ accuracy }) => accuracy ?? []),
  );
  const isUnpairedTest =
    ofArm!.length > 1 &&
    ofReference!.length > 1 &&
    [arm, reference].some(({ accuracy }) => hasSpread(accuracy?.sd ?? null));
  const neverReached = [...arm.seeds, ...reference.seeds]
    .filter((seed) => seed.accuracy !== null && seed.stepsToTarget === null)
    .map(({ run }) => run);
  return {
    group,
    arm: arm.name,
    reference: reference.name,
    seeds: pairs.map(({ seed }) => seed),
    differences,
    paired: hasSpread(paired.sd) ? paired : { ...paired, t: null, p: null, pBelow: null, pAbove: null },
    signFlip: differences.length <= 20 ? signFlipTest(differences) : null,
    equivalence: decidedBySpread(equivalence(differences, { margin })),
    welch: isUnpairedTest ? welch(ofArm!, ofReference!) : null,
    pairsToDecide: hasSpread(paired.sd) ? pairsToDecide({ sd: paired.sd, margin }) : null,
    convergence:
      ratios.length < 2 ? null : decidedBySpread(equivalence(ratios, { margin: convergenceMargin })),
    neverReached,
  };
}

/** A test of equivalence, undecided where all values are equal: their standard deviation cannot be estimated. */
function decidedBySpread(test: Equivalence): Equivalence {
  return hasSpread(test.sd) ? test : { ...test, verdict: 'undecided', p: null, pBeyond: null };
}

type Pair = { readonly seed: number; readonly value: number; readonly base: number };

function pairsOf(
  arm: ArmResult,
  reference: ArmResult,
  figure: (seed: ArmResult['seeds'][number]) => number | null,
): Pair[] {
  return arm.seeds.flatMap((result) => {
    const other = reference.seeds.find(({ seed }) => seed === result.seed);
    const value = figure(result);
    const base = other === undefined ? null : figure(other);
    return value === null || base === null ? [] : [{ seed: result.seed, value, base }];
  });
}
