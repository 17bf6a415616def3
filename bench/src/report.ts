import { readFile, writeFile } from 'node:fs/promises';
import { OptionError } from '@normlab/errors';
import type { BackendChoice } from './options.js';
import type { Row, Section } from './row.js';

const head = ['what', 'ours', 'peer', '', 'unit', 'ratio', 'n', 'spread'];
/** Each backend's results have their own place in a document. */
const marks: Readonly<Record<BackendChoice, readonly [string, string]>> = {
  wasm: ['<!-- results: written by npm run bench -- --doc -->', '<!-- end of results -->'],
  webgpu: [
    '<!-- webgpu results: written by npm run bench -- --backend webgpu --doc -->',
    '<!-- end of webgpu results -->',
  ],
};

/** Longer tables are folded in Markdown. */
const mostRowsShown = 30;

/** The sections as tables in a terminal. */
export function terminalReport(sections: readonly Section[]): string {
  return sections
    .map(({ title, rows }) => {
      const cells = [head, ...rows.map(cellsOf)];
      const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
      const lines = cells.map((row) =>
        row
          .map((cell, column) => pad(cell, widths[column]!, column))
          .join('  ')
          .trimEnd(),
      );
      return `${title}\n${lines.map((line) => `  ${line}`).join('\n')}\n`;
    })
    .join('\n');
}

/** The sections as Markdown. */
export function markdownReport(facts: readonly string[], sections: readonly Section[]): string {
  const list = facts.map((fact) => `- ${fact}`).join('\n');
  const tables = sections.map(({ title, rows }) => {
    const lines = rows.map((row) => `| ${cellsOf(row).join(' | ')} |`);
    const table = `| ${head.join(' | ')} |\n|---|--:|--:|---|---|--:|--:|--:|\n${lines.join('\n')}\n`;
    const folded = `<details><summary>${rows.length} rows</summary>\n\n${table}\n</details>\n`;
    return `### ${title}\n\n${rows.length > mostRowsShown ? folded : table}`;
  });
  return `${list}\n\n${tables.join('\n')}`;
}

/** Writes a text between a backend's two marks in a Markdown file. */
export async function writeIntoDoc(file: string, backend: BackendChoice, text: string): Promise<void> {
  const before = await readFile(file, 'utf8');
  const [opening, closing] = marks[backend];
  const start = before.indexOf(opening);
  const end = before.indexOf(closing);
  if (start < 0 || end < start) {
    throw new OptionError({
      where: 'bench',
      what: '--doc',
      rule: `be a file with the lines ${opening} and ${closing}`,
      got: file,
    });
  }
  const head = before.slice(0, start + opening.length);
  await writeFile(file, `${head}\n\n${text}\n${before.slice(end)}`);
}

function cellsOf({ name, ours, peer, peerName, unit, ratio, n, spread, note }: Row): string[] {
  const label = note === undefined ? peerName : `${peerName}: ${note}`;
  return [name, figure(ours), figure(peer), label, unit, figure(ratio), String(n), percent(spread)];
}

/** Three significant digits: medians of a few runs are no more precise. */
function figure(value: number | null): string {
  if (value === null) return '–';
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : `${Math.round(100 * share)} %`;
}

function pad(cell: string, width: number, column: number): string {
  return [1, 2, 5, 6, 7].includes(column) ? cell.padStart(width) : cell.padEnd(width);
}
