import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readJson } from '@normlab/files';
import type { FolderReport, PyTorchPair } from './evidencePage.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));

export const evidence = join(workspace, 'docs/evidence');

/** The trainer's program. */
export const trainer = join(workspace, 'apps/trainer/bin/normlab.js');

/** The folders of experiments under `docs/evidence` that hold logs of runs. */
export function evidenceFolders(): string[] {
  return readdirSync(evidence).filter((name) => {
    const folder = join(evidence, name);
    return (
      existsSync(join(folder, 'experiment.json')) &&
      readdirSync(folder).some((run) => existsSync(join(folder, run, 'config.json')))
    );
  });
}

/** The report of a folder, made from its logs by `normlab report`. */
export async function reportOf(name: string): Promise<FolderReport> {
  return {
    name,
    analysis: JSON.parse(normlab('report', fromWorkspace(name), '--json')),
    markdown: normlab('report', fromWorkspace(name), '--format', 'markdown'),
  };
}

/** The arm `bn` with ReLU of Table 3, and the same arm trained in PyTorch. */
export function pytorchPair(reports: readonly FolderReport[]): PyTorchPair {
  const groups = reports.find(({ name }) => name === 'table-3')?.analysis.groups ?? [];
  const arm = groups.flatMap(({ arms }) => arms).find(({ name }) => name === 'bn-relu');
  const folder = join(evidence, 'pytorch');
  const theirs = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => lastAccuracy(join(folder, name, 'metrics.jsonl')));
  return { ours: (arm?.seeds ?? []).flatMap(({ accuracy }) => accuracy ?? []), theirs };
}

function lastAccuracy(file: string): number {
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).findLast(({ type }) => type === 'evaluation').accuracy;
}

/** Writes `results.json`, `report.html` and `figures/` of a folder. */
export function writeReportOf(name: string): void {
  normlab('report', fromWorkspace(name));
  normlab('report', fromWorkspace(name), '--format', 'svg');
}

/** The folder as a report is to name it: on every machine the same. */
function fromWorkspace(name: string): string {
  return relative(workspace, join(evidence, name));
}

/** The committed `results.json` of a folder. */
export async function resultsOf(name: string): Promise<unknown> {
  return readJson(join(evidence, name, 'results.json'), { where: 'evidence' });
}

/** Runs the trainer and returns what it prints. */
function normlab(...args: readonly string[]): string {
  return execFileSync(process.execPath, [trainer, ...args], { cwd: workspace, encoding: 'utf8' });
}
