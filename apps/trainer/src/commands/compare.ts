import { join } from 'node:path';
import { withCleanUp } from '@normlab/files';
import { type CompareOutcome, carryOutExperiment } from '../experiments/carryOutExperiment.js';
import { defaultJobs } from '../experiments/defaultJobs.js';
import { claimExperiment } from '../experiments/experimentFolder.js';
import { gatherReport, verdictLines } from '../experiments/makeReport.js';
import { planRuns } from '../experiments/planRuns.js';
import { readExperiment } from '../experiments/readExperiment.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { openTerminal } from '../terminal/terminal.js';
import { writeReport } from './report.js';

/** `normlab compare EXPERIMENT`: trains the missing runs and reports on all runs. @returns the exit status */
export async function compare(nameOrPath: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { jobs = defaultJobs(), out, seeds, ...machine } = readOptions('compare', flags);
  const { name, experiment: given } = await readExperiment(nameOrPath);
  const experiment = seeds === undefined ? given : { ...given, seeds: firstSeeds(seeds) };
  const folder = out ?? join('runs', name);
  const runs = await planRuns(name, experiment, machine);
  const claimed = await claimExperiment(folder, experiment, runs);
  const interruption = onInterruption(() => terminal.say('Saving all runs. Ctrl-C again quits at once.'));
  const work = async () => {
    terminal.say(
      `${experiment.title}: ${runs.length} runs, ${Math.min(jobs, runs.length)} at once, in ${folder}`,
    );
    const outcome = await carryOutExperiment(folder, runs, { jobs, terminal, signal: interruption.signal });
    const input = await gatherReport(folder);
    const file = await writeReport(folder, input);
    if (terminal.json)
      terminal.result(JSON.stringify({ folder, report: file, ...outcome, results: input.analysis }));
    else for (const line of verdictLines(input.analysis)) terminal.say(line);
    terminal.say(`Report: ${file}`);
    return statusOf(outcome, interruption);
  };
  return withCleanUp(work, () => {
    interruption.release();
    return claimed.release();
  });
}

function firstSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function statusOf(
  { failed, unfinished }: CompareOutcome,
  { signal, status }: ReturnType<typeof onInterruption>,
): number {
  if (signal.aborted && unfinished.length > 0) return status();
  return failed.length > 0 || unfinished.length > 0 ? exitStatus.failed : exitStatus.done;
}
