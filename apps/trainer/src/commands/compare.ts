import { join, resolve } from 'node:path';
import { NormlabError, OptionError } from '@normlab/errors';
import type { Experiment } from '@normlab/experiments';
import { withCleanUp } from '@normlab/files';
import { type CompareOutcome, carryOutExperiment } from '../experiments/carryOutExperiment.js';
import { defaultJobs } from '../experiments/defaultJobs.js';
import { claimExperiment, isPrepared, prepareExperiment } from '../experiments/experimentFolder.js';
import { type MachineSettings, type PlannedRun, planRuns } from '../experiments/planRuns.js';
import { readExperiment } from '../experiments/readExperiment.js';
import { logsFolder, submitArray, wasSubmitted } from '../experiments/slurm.js';
import { isLeft, type SubmittedRun, submittedRuns, submittedTable } from '../experiments/submittedRuns.js';
import { commandLineOf } from '../settings/checkOptions.js';
import { commands } from '../settings/commands.js';
import { dropMeaningless } from '../settings/dependentOptions.js';
import { flagOf, type Values } from '../settings/option.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { skipUnreadable } from '../terminal/skipUnreadable.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

const where = 'normlab compare';

/** An experiment with its folder and runs, and what the command line says of the machine. */
type Plan = {
  readonly name: string;
  readonly nameOrPath: string;
  readonly experiment: Experiment;
  readonly folder: string;
  readonly runs: readonly PlannedRun[];
  readonly seeds: number | undefined;
  readonly machine: MachineSettings;
  readonly terminal: Terminal;
};

/**
 * `normlab compare EXPERIMENT`: trains the missing runs and reports on all runs; or submits them to a cluster, shows how
 * far it is, or trains one of them. @returns the exit status
 */
export async function compare(nameOrPath: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const given = readOptions('compare', flags);
  refuseTogether(given);
  const { jobs, out, seeds, submit, sbatch, task, ...machine } = given;
  const { name, experiment: written } = await readExperiment(nameOrPath);
  const experiment = seeds === undefined ? written : { ...written, seeds: firstSeeds(seeds) };
  const folder = out ?? join('runs', name);
  const runs = await planRuns(name, experiment, machine);
  const plan = { name, nameOrPath, experiment, folder, runs, seeds, machine, terminal };
  if (submit !== undefined) return submitRuns(plan, sbatch);
  if (task !== undefined) return runTask(plan, task);
  if (jobs === undefined && wasSubmitted(folder)) return showQueue(plan);
  return runHere(plan, jobs ?? defaultJobs());
}

/** @throws OptionError for options that exclude each other */
function refuseTogether(given: Values): void {
  const { jobs, submit, sbatch, task } = commands.compare.options;
  dropMeaningless({ jobs, submit, sbatch, task }, given, given, commandLineOf('compare'));
}

async function runHere({ experiment, folder, runs, terminal }: Plan, jobs: number): Promise<number> {
  const claimed = await claimExperiment(folder, experiment, runs);
  const interruption = onInterruption(() =>
    terminal.say('Saving all runs. Ctrl-C again, after a second, quits at once.'),
  );
  const work = async () => {
    terminal.say(
      `${experiment.title}: ${runs.length} runs, ${Math.min(jobs, runs.length)} at once, in ${folder}`,
    );
    const outcome = await carryOutExperiment(folder, runs, { jobs, terminal, signal: interruption.signal });
    const reported = await report(folder, outcome, terminal);
    return statusOf(outcome, interruption) || reported;
  };
  return withCleanUp(work, () => {
    interruption.release();
    return claimed.release();
  });
}

/** One run, as a task of a job array; it makes no report. */
async function runTask({ experiment, folder, runs, terminal }: Plan, task: number): Promise<number> {
  const run = runs[task - 1];
  if (run === undefined) {
    const rule = `be at most ${runs.length}, the number of runs of the experiment`;
    throw new OptionError({ where, what: '--task', rule, got: task });
  }
  await prepareExperiment(folder, experiment, runs);
  const interruption = onInterruption(() =>
    terminal.say('Saving the run. Ctrl-C again, after a second, quits at once.'),
  );
  const work = async () => {
    const signal = interruption.signal;
    const outcome = await carryOutExperiment(folder, [run], { jobs: 1, terminal, signal });
    if (terminal.json) terminal.result(JSON.stringify({ folder, run: run.name, ...outcome }));
    return statusOf(outcome, interruption);
  };
  return withCleanUp(work, async () => interruption.release());
}

/** Submits the runs that are neither over nor in the queue. */
async function submitRuns(plan: Plan, sbatch: string | undefined): Promise<number> {
  const { experiment, folder, runs, terminal, name } = plan;
  const claimed = await claimExperiment(folder, experiment, runs);
  const work = async () => {
    const submitted = await submittedRuns(folder, runs);
    if (!submitted.isAnswered) {
      const rule = 'answer, as runs of this folder were submitted before and may still be in the queue';
      throw new NormlabError({ where, what: 'squeue', rule });
    }
    const left = submitted.runs.filter(isLeft);
    const tasks = new Map(left.map(({ task, run }) => [task, run]));
    const job =
      tasks.size === 0
        ? null
        : await submitArray({
            ...{ folder, experiment: name, tasks, sbatch },
            args: argumentsOfTask(plan),
            processors: Math.max(...runs.map(({ settings }) => settings.threads ?? 1)),
          });
    const names = [...tasks.values()];
    const status = warnOfFailed(submitted.runs, terminal);
    if (terminal.json) terminal.result(JSON.stringify({ folder, job, submitted: names }));
    else if (job === null) {
      const all = status === exitStatus.done ? `${runs.length} runs` : 'others';
      terminal.say(`Nothing to submit: all ${all} are over, in the queue or running.`);
    } else {
      terminal.say(`${experiment.title}: ${names.length} of ${runs.length} runs submitted as job ${job}.`);
      terminal.say('Call the same command without --submit to see how far they are, and for the report.');
      terminal.say(`What the tasks print: ${join(folder, logsFolder)}`);
    }
    return status;
  };
  return withCleanUp(work, () => claimed.release());
}

function argumentsOfTask({ nameOrPath, folder, seeds, machine }: Plan): string[] {
  const experiment = nameOrPath.endsWith('.json') ? resolve(nameOrPath) : nameOrPath;
  const kept = Object.entries({ seeds, ...machine }).filter(([, value]) => value !== undefined);
  const flags = kept.flatMap(([key, value]) => [flagOf(key), String(value)]);
  return [experiment, '--out', resolve(folder), ...flags];
}

/** Warns of runs that cannot be read. @returns the exit status: failed if there are any */
function warnOfFailed(runs: readonly SubmittedRun[], { warn }: Terminal): number {
  const failures = runs.flatMap(({ failure }) => failure ?? []);
  for (const failure of failures) warn(failure);
  return failures.length > 0 ? exitStatus.failed : exitStatus.done;
}

/** How far the submitted runs are; the report if all are over or cannot be read. */
async function showQueue({ experiment, folder, runs, terminal }: Plan): Promise<number> {
  await isPrepared(folder, experiment);
  const submitted = await submittedRuns(folder, runs);
  const over = submitted.runs.filter(({ isOver }) => isOver);
  const failed = submitted.runs.flatMap(({ run, failure }) =>
    failure === undefined ? [] : [{ run, words: failure }],
  );
  if (over.length + failed.length === runs.length) {
    const named = (wanted: string) => over.filter(({ state }) => state === wanted).map(({ run }) => run);
    const unfinished = failed.map(({ run }) => run);
    const outcome = { done: named('done'), diverged: named('diverged'), failed, unfinished };
    return report(folder, outcome, terminal);
  }
  const isLost = submitted.isAnswered && submitted.runs.some(isLeft);
  const status = warnOfFailed(submitted.runs, terminal) || (isLost ? exitStatus.failed : exitStatus.done);
  if (terminal.json) {
    const rows = submitted.runs.map(({ isOver: _, holder, ...row }) => ({ ...row, host: holder?.host }));
    terminal.result(
      JSON.stringify({ folder, isAnswered: submitted.isAnswered, over: over.length, runs: rows }),
    );
    return status;
  }
  terminal.result(submittedTable(submitted, terminal.columns()));
  terminal.say(`${experiment.title}: ${over.length} of ${runs.length} runs are over.`);
  if (!submitted.isAnswered) terminal.say('Slurm does not answer here: squeue failed.');
  else tellOutsiders(submitted.runs, terminal);
  if (isLost) {
    terminal.say('Submit again, with --submit slurm, for the runs that nobody trains.');
    terminal.say(`What the tasks printed: ${join(folder, logsFolder)}`);
  }
  return status;
}

/** Runs that are neither over nor in the queue, but locked: by a process elsewhere, or by one that died with its machine. */
function tellOutsiders(runs: readonly SubmittedRun[], { say }: Terminal): void {
  for (const { run, isOver, queued, holder } of runs) {
    if (isOver || queued !== undefined || holder === undefined) continue;
    say(`${run} is held by process ${holder.process} on ${holder.host}, outside the queue.`);
  }
}

/** @returns the exit status: failed if a run cannot be read */
async function report(folder: string, outcome: CompareOutcome, terminal: Terminal): Promise<number> {
  // Here, as figures need three hundred modules, which refusals and the tasks of an array would load too.
  const { gatherReport, verdictLines } = await import('../experiments/makeReport.js');
  const { writeReport } = await import('./report.js');
  const skipping = skipUnreadable(terminal.warn);
  const input = await gatherReport(folder, skipping);
  const file = await writeReport(folder, input);
  if (terminal.json)
    terminal.result(JSON.stringify({ folder, report: file, ...outcome, results: input.analysis }));
  else for (const line of verdictLines(input.analysis)) terminal.say(line);
  terminal.say(`Report: ${file}`);
  return skipping.status();
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
