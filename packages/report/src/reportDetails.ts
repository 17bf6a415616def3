import type { Analysis, GroupResult, Recording, RunLog } from '@normlab/experiments';

/** A row of the paper's Table 4: trainable parameters, as we count them and as the paper prints them. */
export type ParameterRow = {
  readonly model: string;
  readonly norm: string;
  readonly counted: number;
  /** What the paper prints; null where it has no such row. */
  readonly paper: number | null;
};

/** The input of a report. */
export type ReportInput = {
  readonly analysis: Analysis;
  /** The logs that were analysed. */
  readonly logs: readonly RunLog[];
  /** Recordings by the name of the run. */
  readonly recordings?: ReadonlyMap<string, readonly Recording[]>;
  /** Table 4; left out where there are no rows. */
  readonly parameters?: readonly ParameterRow[];
  /** Commands that make the runs again. */
  readonly commands?: readonly string[];
};

/** The logs of an arm's runs in the order of the seeds, without runs that diverged. */
export function logsOf(input: ReportInput, group: GroupResult, arm: string): RunLog[] {
  const found = group.arms.find(({ name }) => name === arm);
  return (found?.seeds ?? []).flatMap(({ run, state }) =>
    state === 'diverged' ? [] : (input.logs.find(({ name }) => name === run) ?? []),
  );
}

/** `all-cnn on cifar10`, and the group's name where it says more. */
export function groupTitle({ name, model, dataset }: GroupResult): string {
  const place = [model, dataset].filter((part) => part !== null).join(' on ');
  const apart = name === 'all' || [model, dataset].includes(name) ? '' : name;
  return [place, apart].filter((part) => part !== '').join(', ') || 'All arms';
}
