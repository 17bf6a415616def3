import type { ArmResult, GroupResult } from '../armResults.js';
import { type Comparison, convergenceMargin } from '../compareArms.js';
import { settingsKey } from '../expandRuns.js';
import type { Experiment } from '../experiment.js';
import { hasPapersKinds, hasPapersLayers } from '../paperResults.js';
import type { Recording } from '../recordings.js';
import type { RunLog } from '../runLog.js';
import { tCdf } from '../statistics/distributions.js';
import { equivalence } from '../statistics/equivalence.js';
import { hasSpread } from '../statistics/hasSpread.js';
import { interaction } from '../statistics/interaction.js';
import { pairedDifference, studentised } from '../statistics/pairedDifference.js';
import { pairsToDecide, pairsToDetect } from '../statistics/power.js';
import type { StepTimes } from '../stepTimes.js';
import type { Claim, Judgement } from './claims.js';
import { driftEvidence } from './driftEvidence.js';
import type { Evidence } from './evidence.js';
import { armWith, type Pair, pairOf } from './pairOf.js';
import { stepTimeEvidence } from './stepTimeEvidence.js';

/** The results that claims are tested by. */
export type JudgeOptions = {
  readonly experiment: Experiment;
  readonly logs: readonly RunLog[];
  readonly groups: readonly GroupResult[];
  readonly comparisons: readonly Comparison[];
  /** Recordings by the name of the run. */
  readonly recordings: ReadonlyMap<string, readonly Recording[]>;
  readonly stepTimes: StepTimes | undefined;
};

/** The evidence for a judgement in each group that has its arms. */
export function evidenceOf(judgement: Judgement, claim: Claim, options: JudgeOptions): Evidence[] {
  const groups = options.groups.filter((group) => {
    const { model } = group;
    if (claim.networks !== undefined && !(model !== null && claim.networks.test(model))) return false;
    return claim.beyondPaper || isAsInPaper(judgedArms(judgement, group), options);
  });
  switch (judgement.kind) {
    case 'equivalent':
    case 'worse':
    case 'better':
    case 'convergence':
      return groups.flatMap((group) => pairEvidence(judgement, group, options) ?? []);
    case 'interaction':
      return groups.flatMap((group) => interactionEvidence(judgement, group, groups, options) ?? []);
    case 'step-time':
      return stepTimeEvidence(judgement, options.stepTimes);
    default:
      return groups.flatMap((group) => driftEvidence(judgement, group, options.recordings) ?? []);
  }
}

function judgedArms(judgement: Judgement, group: GroupResult): readonly ArmResult[] {
  const arms =
    'norm' in judgement ? [armWith(judgement.norm, group)] : Object.values(pairOf(judgement, group) ?? {});
  return arms.filter((arm) => arm !== undefined);
}

/** Whether all runs of arms have the paper's kinds of layers; before the first has started, as the experiment says. */
function isAsInPaper(arms: readonly ArmResult[], { experiment, logs }: JudgeOptions): boolean {
  const runs = new Set(arms.flatMap(({ seeds }) => seeds.map(({ run }) => run)));
  const found = logs.filter(({ name }) => runs.has(name));
  if (found.length === 0)
    return arms.every(({ settings }) => hasPapersLayers({ ...experiment.settings, ...settings }));
  return found.every(({ head }) => hasPapersLayers(head.settings) && hasPapersKinds(head.spec));
}

/** Why no arm is compared with this one; nothing if only runs that are done are lacking. */
function notComparedWith(reference: ArmResult, group: GroupResult): Pick<Evidence, 'notCompared'> {
  if (group.differences.some(({ weight }) => weight === 'refused')) {
    return { notCompared: 'as they differ: see the notes' };
  }
  if (group.reference === reference.name) return {};
  return { notCompared: `as ${reference.name} is not the reference of its group` };
}

/** The runs of a pair that are left out because they diverged. */
function divergedOf({ arm, reference }: Pair): string[] {
  return [arm, reference].flatMap(({ seeds }) =>
    seeds.filter(({ state }) => state === 'diverged').map(({ run }) => run),
  );
}

type PairJudgement = Extract<Judgement, { kind: 'equivalent' | 'worse' | 'better' | 'convergence' }>;

function pairEvidence(
  judgement: PairJudgement,
  group: GroupResult,
  { experiment: { margin }, comparisons }: JudgeOptions,
): Evidence | undefined {
  const pair = pairOf(judgement, group);
  if (pair === undefined) return undefined;
  const { arm, reference } = pair;
  const comparison = comparisons.find(
    (each) => each.group === group.name && each.arm === arm.name && each.reference === reference.name,
  );
  const place = {
    ...{ group: group.name, leftOut: divergedOf(pair) },
    ...(comparison === undefined && notComparedWith(reference, group)),
  };
  if (judgement.kind === 'convergence') return convergenceEvidence(judgement, comparison, place);
  if (judgement.kind === 'equivalent') {
    const test = `${judgement.arm} = ${judgement.reference}`;
    return { ...place, test, ...equivalenceEvidence(comparison?.differences ?? [], margin) };
  }
  const sign = judgement.kind === 'worse' ? 'below' : 'above';
  const test = `${judgement.arm} ${sign} ${judgement.reference}`;
  return { ...place, test, ...oneSidedEvidence(comparison?.differences ?? [], sign, margin) };
}

type Figures = Omit<Evidence, 'group' | 'test' | 'leftOut' | 'notCompared'>;

function nothing(bound: number, level: number): Figures {
  return { n: 0, estimate: null, interval: null, level, pFor: null, pAgainst: null, needed: null, bound };
}

function equivalenceEvidence(differences: readonly number[], margin: number): Figures {
  if (differences.length === 0) return nothing(margin, 0.9);
  const { n, mean, sd, interval, p, pBeyond } = equivalence(differences, { margin });
  const figures = { n, estimate: mean, interval, level: 0.9, bound: margin };
  if (!hasSpread(sd)) return { ...figures, ...noTest };
  return { ...figures, pFor: p, pAgainst: pBeyond, needed: pairsToDecide({ sd, margin }) };
}

const noTest = { pFor: null, pAgainst: null, needed: null } as const;

/**
 * For the claim: H₀ is "not below". Against it: H₀ is "below by the margin or more", so a contradiction says that the
 * arm is not worse by as much as the margin.
 */
function oneSidedEvidence(differences: readonly number[], sign: 'below' | 'above', margin: number): Figures {
  if (differences.length === 0) return nothing(margin, 0.95);
  const { n, mean, sd, interval, pBelow, pAbove } = pairedDifference(differences);
  const figures = { n, estimate: mean, interval, level: 0.95, bound: margin };
  if (!hasSpread(sd)) return { ...figures, ...noTest };
  const toward = sign === 'below' ? mean : -mean;
  const pAgainst = tCdf(-studentised(toward + margin, sd / Math.sqrt(n)), n - 1);
  // A one-sided test at .05 is one side of a two-sided test at .10.
  const needed = pairsToDetect({ sd, effect: margin, alpha: 0.1 });
  return { ...figures, pFor: sign === 'below' ? pBelow : pAbove, pAgainst, needed };
}

function convergenceEvidence(
  { arm, reference }: PairJudgement,
  comparison: Comparison | undefined,
  place: Pick<Evidence, 'group' | 'leftOut' | 'notCompared'>,
): Evidence {
  const test = `steps of ${arm} = steps of ${reference}`;
  const { convergence, neverReached = [] } = comparison ?? {};
  if (convergence === null || convergence === undefined) {
    return { ...place, neverReached, test, ...nothing(convergenceMargin, 0.9) };
  }
  const { n, mean, sd, interval, p, pBeyond, margin } = convergence;
  const needed = hasSpread(sd) ? pairsToDecide({ sd, margin }) : null;
  const isTest = hasSpread(sd);
  return {
    ...place,
    neverReached,
    test,
    n,
    estimate: mean,
    interval,
    level: 0.9,
    // Leaving out the runs that never reached the target makes their arm look faster than it is.
    pFor: neverReached.length > 0 || !isTest ? null : p,
    pAgainst: isTest ? pBeyond : null,
    needed: neverReached.length > 0 ? null : needed,
    bound: margin,
  };
}

function interactionEvidence(
  judgement: Extract<Judgement, { kind: 'interaction' }>,
  group: GroupResult,
  groups: readonly GroupResult[],
  { experiment: { margin }, comparisons }: JudgeOptions,
): Evidence | undefined {
  const { arm, reference, base, activation, expect } = judgement;
  if (group.settings.activation !== activation) return undefined;
  const wanted = settingsKey({ ...group.settings, activation: base });
  const baseGroup = groups.find(({ settings }) => settingsKey(settings) === wanted);
  if (baseGroup === undefined) return undefined;
  const effects = [group, baseGroup].flatMap((each) => {
    const pair = pairOf(judgement, each);
    if (pair === undefined) return [];
    const comparison = comparisons.find(
      (found) =>
        found.group === each.name && found.arm === pair.arm.name && found.reference === pair.reference.name,
    );
    return [{ pair, comparison, ...(comparison === undefined && notComparedWith(pair.reference, each)) }];
  });
  const [here, there] = effects;
  if (here === undefined || there === undefined) return undefined;
  const test = `${arm} − ${reference} with ${activation} ${expect === 'worse' ? 'below' : '='} with ${base}`;
  const leftOut = effects.flatMap(({ pair }) => divergedOf(pair));
  const contrast =
    here.comparison === undefined || there.comparison === undefined
      ? []
      : contrastOf(here.comparison, there.comparison, { base, activation });
  const figures =
    expect === 'worse' ? oneSidedEvidence(contrast, 'below', margin) : equivalenceEvidence(contrast, margin);
  const notCompared = here.notCompared ?? there.notCompared;
  return {
    ...{ group: group.name, test, leftOut, ...figures },
    ...(notCompared !== undefined && { notCompared }),
  };
}

/** Differences of differences over the seeds for which both groups have both runs. */
function contrastOf(
  here: Comparison,
  there: Comparison,
  { base, activation }: { readonly base: string; readonly activation: string },
): readonly number[] {
  const seeds = here.seeds.filter((seed) => there.seeds.includes(seed));
  if (seeds.length === 0) return [];
  const effect = (comparison: Comparison) => ({
    arm: seeds.map((seed) => comparison.differences[comparison.seeds.indexOf(seed)]!),
    reference: seeds.map(() => 0),
  });
  const [contrast] = interaction({ [base]: effect(there), [activation]: effect(here) }, base);
  return contrast!.differences;
}
