import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { join } from 'node:path';
import type { CampaignRun } from './campaign.js';

/** One run of a campaign, as it is kept. */
export type Result = CampaignRun & {
  readonly campaign: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly machine: string;
  readonly node: string;
};

/** The runs of a campaign so far, the first one first. */
export function readResults(folder: string, campaign: string): Result[] {
  const file = fileOf(folder, campaign);
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): Result => JSON.parse(line));
}

/** Keeps a run of a campaign. */
export function addResult(folder: string, campaign: string, run: CampaignRun): void {
  mkdirSync(folder, { recursive: true });
  const cores = cpus();
  const result: Result = {
    campaign,
    date: new Date().toISOString().slice(0, 10),
    machine: `${cores.length} cores, ${cores[0]?.model.trim()}, ${platform()} ${arch()}`,
    node: process.versions.node,
    ...run,
  };
  appendFileSync(fileOf(folder, campaign), `${JSON.stringify(result)}\n`);
}

function fileOf(folder: string, campaign: string): string {
  return join(folder, `${campaign}.jsonl`);
}
