import { fewOf } from '../words.js';
import type { Judgement } from './claims.js';
import type { Evidence } from './evidence.js';

export type Verdict = 'supported' | 'contradicted' | 'undecided';

/**
 * A verdict as a sentence: the estimate, its interval, the number of pairs, and how many it would take.
 *
 * @example
 * ```ts
 * // 'Supported: cbn-all − bn is −1.20 pp, 95 % interval −1.90 to −0.50 (n = 5 pairs of seeds).'
 * ```
 */
export function verdictWords(verdict: Verdict, judgement: Judgement, evidence: Evidence): string {
  const { n, estimate, interval, level, leftOut, neverReached = [], notCompared } = evidence;
  const missing = [
    leftOut.length === 0 ? '' : ` Left out because they diverged: ${fewOf(leftOut)}.`,
    neverReached.length === 0
      ? ''
      : ` Left out because they never reached the target: ${fewOf(neverReached)}.`,
  ].join('');
  const unit = unitOf(judgement);
  if (estimate === null && notCompared !== undefined) {
    return `Undecided: the runs are not compared, ${notCompared}.${missing}`;
  }
  if (estimate === null && judgement.kind === 'convergence') {
    return `Undecided: fewer than two pairs of runs have reached the target.${missing}`;
  }
  if (estimate === null) return `Undecided: no ${unit} of runs is done.${missing}`;
  const show = (value: number) => inUnit(judgement, value);
  const range =
    interval === null
      ? 'no interval'
      : `${Math.round(100 * level)} % interval ${show(interval[0])} to ${show(interval[1])}`;
  const found = `${subjectOf(judgement)} is ${show(estimate)}, ${range} (${countOf(n, unit)})`;
  return `${titled(verdict)}: ${found}${reasonOf(verdict, judgement, evidence)}.${missing}`;
}

function reasonOf(verdict: Verdict, judgement: Judgement, evidence: Evidence): string {
  const bound = inUnit(judgement, evidence.bound).replace('+', '');
  const isEquivalence =
    judgement.kind === 'equivalent' ||
    judgement.kind === 'convergence' ||
    (judgement.kind === 'interaction' && judgement.expect === 'equivalent');
  if (verdict === 'undecided') {
    if (judgement.kind === 'step-time') return '; more rounds are needed';
    return waitingFor(evidence, isEquivalence ? 'if they do not differ' : `if they differ by ${bound}`);
  }
  if (isEquivalence) {
    const limit = judgement.kind === 'convergence' ? '±10 %' : `±${bound}`;
    return verdict === 'supported' ? `; within ${limit}` : `; beyond ${limit}`;
  }
  if (verdict === 'contradicted' && isPaired(judgement)) {
    return `; not ${judgement.kind === 'better' ? 'better' : 'worse'} by ${bound}`;
  }
  if (judgement.kind === 'step-time' && verdict === 'contradicted') return '; not faster by 2 % or more';
  if (judgement.kind === 'small-drift' || judgement.kind === 'near-normal') {
    return verdict === 'supported' ? `; below ${bound}` : `; above ${bound}`;
  }
  return '';
}

/** @param assumed the true difference for which the number of pairs was computed */
function waitingFor({ n, needed, interval, neverReached = [] }: Evidence, assumed: string): string {
  if (needed !== null && needed > n) {
    return `; ${assumed}, ${needed} pairs of seeds with this spread show it in 80 % of cases, before Holm’s adjustment`;
  }
  if (neverReached.length > 0) return '; some runs never reached the target';
  if (interval !== null && interval[1] - interval[0] < 1e-8)
    return '; the differences are all equal, so their standard deviation cannot be estimated';
  if (n < 2) return '; an interval needs at least two seeds';
  return '; more seeds are needed, or the true difference is close to the margin';
}

function subjectOf(judgement: Judgement): string {
  switch (judgement.kind) {
    case 'equivalent':
    case 'worse':
    case 'better':
      return `${judgement.arm} − ${judgement.reference}`;
    case 'convergence':
      return `steps of ${judgement.arm} over steps of ${judgement.reference}`;
    case 'interaction':
      return `${judgement.arm} − ${judgement.reference} with ${judgement.activation} minus that with ${judgement.base}`;
    case 'step-time':
      return `a step of ${judgement.arm} over one of ${judgement.reference}`;
    case 'small-drift':
      return 'the largest drift of a gain or bias before the last norm';
    case 'last-drift':
      return 'the drift of the last norm over the median drift of the others';
    case 'near-normal':
      return 'the largest distance of a layer’s output to the normal';
  }
}

function unitOf(judgement: Judgement): 'pair' | 'seed' | 'round' {
  if (judgement.kind === 'step-time') return 'round';
  return isPaired(judgement) ? 'pair' : 'seed';
}

function isPaired({ kind }: Judgement): boolean {
  return ['equivalent', 'worse', 'better', 'convergence', 'interaction'].includes(kind);
}

/** Accuracies in percentage points, ratios as factors, the rest as numbers. */
function inUnit(judgement: Judgement, value: number): string {
  switch (judgement.kind) {
    case 'convergence':
    case 'last-drift':
      return `×${Math.exp(value).toFixed(2)}`;
    case 'step-time':
      return `×${Math.exp(value).toFixed(3)}`;
    case 'small-drift':
    case 'near-normal':
      return value.toFixed(3).replace('-', '−');
    default:
      return `${signed(100 * value)} pp`;
  }
}

/** With a minus sign, not a hyphen; 0.00 has none. */
export function signed(value: number, digits = 2): string {
  const text = Math.abs(value).toFixed(digits);
  if (Number(text) === 0) return text;
  return value < 0 ? `−${text}` : `+${text}`;
}

function countOf(n: number, unit: string): string {
  return `n = ${n} ${unit}${n === 1 ? '' : 's'}${unit === 'pair' ? ' of seeds' : ''}`;
}

function titled(verdict: Verdict): string {
  return `${verdict[0]!.toUpperCase()}${verdict.slice(1)}`;
}
