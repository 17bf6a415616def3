import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRun, runFolders } from '@normlab/experiments/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { evidence, evidenceFolders, pytorchPair, reportOf, resultsOf } from '../src/evidenceFolders.js';
import { type FolderReport, withReports } from '../src/evidencePage.js';

/** The statistics go through exp, log and incomplete beta functions: the last digits may differ by machine. */
const tolerance = 1e-9;

describe('the committed evidence', () => {
  const folders = evidenceFolders();
  let reports: readonly FolderReport[];
  beforeAll(async () => {
    reports = await Promise.all(folders.map(reportOf));
  });

  it('has folders with runs', () => {
    expect(folders.length).toBeGreaterThan(0);
  });

  it('gives the committed statistics again', async () => {
    for (const { name, analysis } of reports) {
      expect(differences(analysis, await resultsOf(name)), name).toEqual([]);
    }
  });

  it('gives every generated number of the page again', () => {
    const page = readFileSync(join(evidence, 'README.md'), 'utf8');
    expect(withReports(page, reports, pytorchPair(reports))).toBe(page);
  });

  it('holds whole runs of the experiment, and neither weights nor paths', async () => {
    for (const name of folders) {
      const folder = join(evidence, name);
      for (const run of await runFolders(folder)) {
        const log = await readRun(run);
        expect(['done', 'diverged'], run).toContain(log.state);
        expect(log.evaluations.length, run).toBeGreaterThan(0);
        expect(readdirSync(run).filter((file) => !/\.jsonl?$/.test(file))).toEqual([]);
        expect(readFileSync(join(run, 'config.json'), 'utf8')).not.toMatch(/"\//);
      }
    }
  });

  it('has reports that name the same commands on every machine', () => {
    for (const name of folders) {
      const folder = `docs/evidence/${name}`;
      expect(readFileSync(join(evidence, name, 'report.html'), 'utf8')).toContain(
        `<code>normlab compare ${folder}/experiment.json --out ${folder}</code>`,
      );
    }
  });
});

/** Where two JSON values differ by more than rounding. */
function differences(a: unknown, b: unknown, path = ''): string[] {
  if (typeof a === 'number' && typeof b === 'number') {
    return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a)) ? [] : [`${path}: ${a} and ${b}`];
  }
  if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences(Reflect.get(a, key), Reflect.get(b, key), `${path}/${key}`),
    );
  }
  return a === b ? [] : [`${path}: ${String(a)} and ${String(b)}`];
}
