import { holm } from '../statistics/holm.js';
import { type Claim, type ClaimId, claims } from './claims.js';
import { evidenceOf, type JudgeOptions } from './evidenceOf.js';
import { type Verdict, verdictWords } from './verdictWords.js';

/** The verdict on one claim from one test in one group. */
export type ClaimVerdict = {
  readonly claim: ClaimId;
  readonly words: string;
  readonly source: string;
  /** The name of the group. */
  readonly group: string;
  /** What was tested: `cbn-all below bn`. */
  readonly test: string;
  readonly verdict: Verdict;
  /** The number of pairs of seeds, or of seeds for a claim about one arm. */
  readonly n: number;
  /** The estimate, in the unit of the test; null without a run. */
  readonly estimate: number | null;
  /** The confidence interval of the estimate. */
  readonly interval: readonly [low: number, high: number] | null;
  /** p for the claim, adjusted by Holm over all tests of the experiment; null where no test can be made. */
  readonly pFor: number | null;
  /** p against the claim, adjusted likewise. */
  readonly pAgainst: number | null;
  /**
   * The number of pairs that show the claim with a power of .8, before Holm's adjustment: equality if the true difference
   * is 0, a difference if it is the margin. Null where it is unknown.
   */
  readonly needed: number | null;
  /** The verdict as a sentence. */
  readonly sentence: string;
};

/** The significance level of a verdict, after Holm's adjustment. */
export const alpha = 0.05;

/**
 * A verdict for each claim that the experiment's arms can test, in each group.
 *
 * A claim is supported if its p value, adjusted by Holm's method over all tests of the experiment, is below .05;
 * contradicted if the adjusted p of the opposite claim is below .05; otherwise undecided. The p values for the claims
 * and those against them are adjusted as two families. A test that two claims share counts once.
 */
export function judgeClaims(options: JudgeOptions): ClaimVerdict[] {
  const found = claims.flatMap((claim) =>
    claim.judgements.flatMap((judgement) =>
      evidenceOf(judgement, claim, options).map((evidence) => ({ claim, judgement, evidence })),
    ),
  );
  const keys = found.map(({ evidence }) => `${evidence.group}: ${evidence.test}`);
  const forClaim = adjusted(
    keys,
    found.map(({ evidence }) => evidence.pFor),
  );
  const against = adjusted(
    keys,
    found.map(({ evidence }) => evidence.pAgainst),
  );
  return found.map(({ claim, judgement, evidence }, index) => {
    const pFor = forClaim[index]!;
    const pAgainst = against[index]!;
    const verdict: Verdict =
      pFor !== null && pFor < alpha
        ? 'supported'
        : pAgainst !== null && pAgainst < alpha
          ? 'contradicted'
          : 'undecided';
    const { group, test, n, estimate, interval, needed } = evidence;
    return {
      ...identity(claim),
      group,
      test,
      verdict,
      n,
      estimate,
      interval,
      pFor,
      pAgainst,
      needed: verdict === 'undecided' ? needed : null,
      sentence: verdictWords(verdict, judgement, evidence),
    };
  });
}

function identity({ id, words, source }: Claim): Pick<ClaimVerdict, 'claim' | 'words' | 'source'> {
  return { claim: id, words, source };
}

/** Holm over the different tests among those that have a p. */
function adjusted(keys: readonly string[], values: readonly (number | null)[]): (number | null)[] {
  const family = new Map<string, number>();
  values.forEach((value, index) => {
    if (value !== null) family.set(keys[index]!, value);
  });
  const names = [...family.keys()];
  const results = new Map(holm([...family.values()]).map((value, index) => [names[index]!, value]));
  return keys.map((key, index) => (values[index] === null ? null : results.get(key)!));
}
