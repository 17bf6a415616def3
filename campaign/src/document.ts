import type { Campaign } from './campaign.js';
import type { Result } from './results.js';

/** A campaign with all its runs so far. */
export type CampaignResults = {
  readonly name: string;
  readonly campaign: Campaign;
  readonly results: readonly Result[];
};

/** The totals of a campaign's runs. */
export type Totals = {
  readonly trials: number;
  readonly minutes: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: number;
};

export function totalsOf(
  results: readonly Pick<Result, 'trials' | 'seconds' | 'counts' | 'faults'>[],
): Totals {
  const counts: Record<string, number> = {};
  for (const { counts: each } of results) {
    for (const [name, number] of Object.entries(each)) counts[name] = (counts[name] ?? 0) + number;
  }
  return {
    trials: results.reduce((sum, { trials: [first, end] }) => sum + end - first, 0),
    minutes: Math.round(results.reduce((sum, { seconds }) => sum + seconds, 0) / 60),
    counts,
    faults: results.reduce((sum, { faults }) => sum + faults.length, 0),
  };
}

/** A table of counts for a terminal. */
export function countsTable(counts: Readonly<Record<string, number>>): string {
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, number]) => `  ${name.padEnd(width)}  ${grouped(number).padStart(9)}`).join('\n');
}

/** `docs/reliability.md`: what the campaigns did and found. */
export function reliabilityDocument(all: readonly CampaignResults[]): string {
  const tried = all.filter(({ results }) => results.length > 0);
  return `${[
    '# Reliability',
    'What was done to find out whether normlab loses or falsifies anything when it is killed, when the system refuses a call, when it is given damaged input, and when it runs for long. Each campaign is a sequence of numbered trials; a run of a campaign continues where the last one ended, and a number gives the same trial again (but for the timing of the machine).',
    [
      '```sh',
      'npm run campaign -- kills --minutes 60      # one campaign for an hour',
      'npm run campaign                            # a short run of each',
      'npm run campaign -- --doc docs/reliability.md --count 0   # this page, from campaign/results',
      '```',
    ].join('\n'),
    table(
      ['campaign', 'what', 'trials', 'faults', 'minutes'],
      tried.map(({ name, campaign, results }) => {
        const { trials, faults, minutes } = totalsOf(results);
        return [`\`${name}\``, campaign.about, grouped(trials), String(faults), String(minutes)];
      }),
    ),
    'A fault that is found is mended, with a test, and the campaign that found it is run again from its first trial: the table counts the runs since.',
    ...tried.map(section),
  ].join('\n\n')}\n`;
}

function section({ name, results }: CampaignResults): string {
  const { counts } = totalsOf(results);
  const rows = Object.entries(counts).sort(([a], [b]) => a.localeCompare(b, 'en'));
  const places = [...new Set(results.map(({ machine, node, date }) => `${machine}, Node ${node}, ${date}`))];
  const faults = results.flatMap((result) => result.faults);
  return [
    `## ${name}`,
    table(
      ['of', 'number'],
      rows.map(([of, number]) => [of, grouped(number)]),
    ),
    `On ${places.join('; ')}.`,
    ...(faults.length === 0
      ? []
      : [faults.map(({ trial, fault }) => `- trial ${trial}: ${fault}`).join('\n')]),
  ].join('\n\n');
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), `|${header.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

function grouped(number: number): string {
  return number.toLocaleString('en').replaceAll(',', ' ');
}
