import { join } from 'node:path';
import { withFileErrors, writeWhole } from '@normlab/files';
import { renderFigures, renderHtml, renderMarkdown } from '@normlab/report';
import { gatherReport, verdictLines } from '../experiments/makeReport.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { openTerminal } from '../terminal/terminal.js';

/** `normlab report DIR`: the report of a folder of runs, from their logs only. @returns the exit status */
export async function report(folder: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { format } = readOptions('report', flags);
  const input = await gatherReport(folder);
  if (terminal.json) {
    terminal.result(JSON.stringify(input.analysis));
    return exitStatus.done;
  }
  if (format === 'markdown') {
    terminal.result(renderMarkdown(input).trimEnd());
    return exitStatus.done;
  }
  if (format === 'svg') {
    terminal.result(await writeFigures(folder, input));
    return exitStatus.done;
  }
  await writeReport(folder, input);
  for (const line of verdictLines(input.analysis)) terminal.say(line);
  terminal.result(join(folder, reportFile));
  return exitStatus.done;
}

const reportFile = 'report.html';

/** Writes `results.json` and `report.html` into a folder. @returns the report's path */
export async function writeReport(
  folder: string,
  input: Awaited<ReturnType<typeof gatherReport>>,
): Promise<string> {
  const files = [
    { name: 'results.json', content: `${JSON.stringify(input.analysis, null, 2)}\n` },
    { name: reportFile, content: renderHtml(input) },
  ];
  await withFileErrors('normlab report', () => writeWhole(folder, files, { survives: 'kill' }));
  return join(folder, reportFile);
}

/** Writes every figure of a report into `figures/` of a folder. @returns the folder of the figures */
async function writeFigures(
  folder: string,
  input: Awaited<ReturnType<typeof gatherReport>>,
): Promise<string> {
  const place = join(folder, 'figures');
  const files = renderFigures(input).map(({ id, svg }) => ({ name: `${id}.svg`, content: svg }));
  await withFileErrors('normlab report', () => writeWhole(place, files, { survives: 'kill' }));
  return place;
}
