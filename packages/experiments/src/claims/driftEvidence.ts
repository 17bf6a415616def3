import type { GroupResult } from '../armResults.js';
import type { Recording } from '../recordings.js';
import { tCdf } from '../statistics/distributions.js';
import { hasSpread } from '../statistics/hasSpread.js';
import { medianOf } from '../statistics/medianOf.js';
import { pairedDifference, studentised } from '../statistics/pairedDifference.js';
import type { Judgement } from './claims.js';
import type { Evidence } from './evidence.js';
import { armWith } from './pairOf.js';

type DriftJudgement = Extract<Judgement, { kind: 'small-drift' | 'last-drift' | 'near-normal' }>;

/**
 * The evidence of recordings for a claim about one arm: one number per seed, tested against a bound.
 *
 * Undefined where no run of the arm has recordings.
 */
export function driftEvidence(
  judgement: DriftJudgement,
  group: GroupResult,
  recordings: ReadonlyMap<string, readonly Recording[]>,
): Evidence | undefined {
  const arm = armWith(judgement.norm, group);
  const figures = (arm?.seeds ?? [])
    .filter(({ state }) => state === 'done')
    .flatMap(({ run }) => figureOf(judgement, recordings.get(run) ?? []) ?? []);
  if (arm === undefined || figures.length === 0) return undefined;
  const place = { group: group.name, test: testOf(judgement), needed: null, leftOut: [] };
  const { n, mean, sd, interval } = pairedDifference(figures);
  const bound = judgement.kind === 'last-drift' ? 0 : judgement.limit;
  const found = { ...place, n, estimate: mean, interval, level: 0.95, bound };
  if (!hasSpread(sd)) return { ...found, pFor: null, pAgainst: null };
  const t = studentised(mean - bound, sd / Math.sqrt(n));
  const [below, above] = [tCdf(t, n - 1), tCdf(-t, n - 1)];
  return judgement.kind === 'last-drift'
    ? { ...found, pFor: above, pAgainst: below }
    : { ...found, pFor: below, pAgainst: above };
}

function testOf(judgement: DriftJudgement): string {
  switch (judgement.kind) {
    case 'small-drift':
      return `largest drift before the last norm below ${judgement.limit}`;
    case 'last-drift':
      return 'drift of the last norm above the median of the others';
    case 'near-normal':
      return `largest distance to the normal before the last layer below ${judgement.limit}`;
  }
}

/** The number that a run gives; the logarithm of a ratio, so that the mean over seeds is a geometric mean. */
function figureOf({ kind }: DriftJudgement, lines: readonly Recording[]): number | undefined {
  if (kind === 'near-normal') {
    const outputs = lastOf(lines.filter((line) => line.type === 'output'));
    return outputs.length < 2 ? undefined : Math.max(...outputs.slice(0, -1).map(({ ks }) => ks));
  }
  const drifts = driftByLayer(lines);
  const last = drifts.at(-1);
  const others = drifts.slice(0, -1);
  if (last === undefined || others.length === 0) return undefined;
  return kind === 'small-drift' ? Math.max(...others) : Math.log(last / medianOf(others));
}

/** The larger drift of gain and bias of each norm at the last recorded step, in the order of the layers. */
function driftByLayer(lines: readonly Recording[]): number[] {
  const norms = lastOf(lines.filter((line) => line.type === 'norm'));
  const byLayer = new Map<string, number>();
  for (const { layer, drift } of norms) byLayer.set(layer, Math.max(drift, byLayer.get(layer) ?? 0));
  return [...byLayer.values()];
}

/** The lines of the last recorded step: layers are recorded in the order of the network. */
function lastOf<Line extends { readonly step: number }>(lines: readonly Line[]): Line[] {
  const step = lines.reduce((last, line) => Math.max(last, line.step), 0);
  return lines.filter((line) => line.step === step);
}
