import { type Analysis, type Summary, summarize, welch } from '@normlab/experiments';

/** What `normlab report` says of a folder of the evidence. */
export type FolderReport = {
  /** The folder's name under `docs/evidence`. */
  readonly name: string;
  readonly analysis: Analysis;
  /** The report as Markdown. */
  readonly markdown: string;
};

/** An arm of ours beside the same arm trained in PyTorch: accuracies of each by seed. */
export type PyTorchPair = { readonly ours: readonly number[]; readonly theirs: readonly number[] };

const end = '<!-- end -->';

/**
 * The page of the evidence with its generated parts updated: all verdicts in one table, and the tables of each folder.
 *
 * A part is between `<!-- NAME: npm run evidence -->` and `<!-- end -->`; NAME is `verdicts`, `pytorch` or a folder's.
 */
export function withReports(page: string, reports: readonly FolderReport[], pytorch: PyTorchPair): string {
  const parts = [
    { name: 'verdicts', text: verdictTable(reports) },
    { name: 'pytorch', text: pytorchTable(pytorch) },
    ...reports.map((report) => ({ name: report.name, text: tablesOf(report) })),
  ];
  return parts.reduce((text, part) => {
    const begin = `<!-- ${part.name}: npm run evidence -->`;
    const from = text.indexOf(begin);
    const to = text.indexOf(end, from);
    if (from === -1 || to === -1) throw new Error(`The page has no part ${begin} … ${end}`);
    return `${text.slice(0, from)}${begin}\n\n${part.text}\n\n${text.slice(to)}`;
  }, page);
}

function verdictTable(reports: readonly FolderReport[]): string {
  const rows = reports
    .flatMap(({ name, analysis: { claims } }) => claims.map((claim) => ({ name, ...claim })))
    .filter(({ estimate }) => estimate !== null)
    .sort((a, b) => a.claim - b.claim);
  const lines = rows.map(({ claim, words, name, group, verdict, sentence }) =>
    [
      `${claim}. ${words}`,
      `[${name}](#${name})${group === 'all' ? '' : `, ${group}`}`,
      `**${verdict}**`,
      sentence.replace(/^[A-Za-z]+: /, ''),
    ].join(' | '),
  );
  return [
    '| claim | runs | verdict | found |',
    '|---|---|---|---|',
    ...lines.map((line) => `| ${line} |`),
  ].join('\n');
}

const sectionsShown = ['Read this first', 'Accuracy'];
/** Shown where placements were timed in turns. */
const timesShown = 'Step times';

/** What must be known and the tables of accuracy; the report itself has the rest. */
function tablesOf({ markdown, analysis }: FolderReport): string {
  const shown = analysis.stepTimes === undefined ? sectionsShown : [...sectionsShown, timesShown];
  return markdown
    .split(/^## /m)
    .slice(1)
    .map((section) => ({
      heading: section.slice(0, section.indexOf('\n')),
      text: section.slice(section.indexOf('\n')),
    }))
    .filter(({ heading }) => shown.includes(heading))
    .map(({ text }) => text.trim())
    .join('\n\n');
}

function pytorchTable({ ours, theirs }: PyTorchPair): string {
  const row = (name: string, values: readonly number[], { mean, sd, interval }: Summary) =>
    `| ${[
      name,
      values.map(percent).join(', '),
      percent(mean),
      sd === null ? '–' : (100 * sd).toFixed(2),
      interval === null ? '–' : interval.map(percent).join(' to '),
    ].join(' | ')} |`;
  const { difference, interval, p } = welch(ours, theirs);
  return [
    '| | by seed | mean | sd, pp | 95 % interval |',
    '|---|---|---|---|---|',
    row('normlab', ours, summarize(ours)),
    row('PyTorch', theirs, summarize(theirs)),
    '',
    `Difference of the means ${points(difference)} pp, 95 % interval ${interval
      .map(points)
      .join(' to ')} (Welch, p = ${p.toFixed(2)}).`,
  ].join('\n');
}

/** A difference in percentage points, with a minus sign, not a hyphen. */
function points(difference: number): string {
  return (100 * difference).toFixed(2).replace('-', '−');
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
