import { join } from 'node:path';
import { withFileErrors, writeWhole } from '@normlab/files';
import { renderFigures, renderHtml, renderMarkdown } from '@normlab/report';
import { gatherReport, verdictLines } from '../experiments/makeReport.js';
import { commandLineOf } from '../settings/checkOptions.js';
import { optionsOf } from '../settings/commands.js';
import { dropMeaningless } from '../settings/dependentOptions.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { skipUnreadable } from '../terminal/skipUnreadable.js';
import { openTerminal } from '../terminal/terminal.js';

/**
 * `normlab report DIR`: the report of a folder of runs, from their logs only. A run that cannot be read does not hide the
 * others: a warning says what is wrong with it, and the command fails after the report.
 *
 * @returns the exit status
 */
export async function report(folder: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const given = readOptions('report', flags);
  dropMeaningless(optionsOf('report'), { ...given, json: flags.json }, given, commandLineOf('report'));
  const { format } = given;
  const skipping = skipUnreadable(terminal.warn);
  const input = await gatherReport(folder, skipping);
  if (terminal.json) terminal.result(JSON.stringify(input.analysis));
  else if (format === 'markdown') terminal.result(renderMarkdown(input).trimEnd());
  else if (format === 'svg') terminal.result(await writeFigures(folder, input));
  else {
    await writeReport(folder, input);
    for (const line of verdictLines(input.analysis)) terminal.say(line);
    terminal.result(join(folder, reportFile));
  }
  return skipping.status();
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
