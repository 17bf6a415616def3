import { type BackendName, openBackend } from '@normlab/backends';
import { nameHint, OptionError } from '@normlab/errors';
import { type LawReport, runSuite } from '@normlab/laws/suite';
import { backendNames } from '../settings/names.js';
import { exitStatus } from '../terminal/failure.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';

/** Flags of `normlab laws` as commander gives them. */
export type LawsFlags = {
  readonly backend: string;
  readonly only?: string;
  readonly runs: string;
  readonly seed: string;
  readonly json?: boolean;
};

/** The document of `normlab laws --json`. */
export type LawsResult = {
  readonly seed: number;
  /** Samples put to each law. */
  readonly runs: number;
  readonly backends: readonly {
    readonly name: BackendName;
    readonly description: string;
    readonly laws: readonly LawReport[];
  }[];
};

/** `normlab laws`: the laws of batch norm, on one backend after the other. @returns 1 if one falls */
export async function laws(flags: LawsFlags): Promise<number> {
  const terminal = openTerminal(flags);
  const names = flags.backend.split(',').map(readBackend);
  const runs = readCount('--runs', flags.runs, 1);
  const seed = readCount('--seed', flags.seed, 0);
  const only = flags.only === undefined ? {} : { laws: flags.only.split(',') };
  const backends: LawsResult['backends'][number][] = [];
  for (const name of names) {
    const backend = await openBackend(name);
    try {
      terminal.say(`${backend.description}; ${runs} samples a law, seed ${seed}`);
      terminal.say(header);
      const reports: LawReport[] = [];
      for await (const report of runSuite({ runs, seed, ...only, now: () => performance.now() })) {
        reports.push(report);
        tell(report, terminal);
      }
      backends.push({ name, description: backend.description, laws: reports });
    } finally {
      await backend.close();
    }
  }
  const result: LawsResult = { seed, runs, backends };
  if (terminal.json) terminal.result(JSON.stringify(result, plainArrays, 2));
  const all = backends.flatMap((backend) => backend.laws);
  const fallen = all.filter(({ holds }) => !holds).length;
  terminal.say(fallen === 0 ? `All ${all.length} hold.` : `${fallen} of ${all.length} fall.`);
  return fallen === 0 ? exitStatus.done : exitStatus.failed;
}

const header = `${'law'.padEnd(25)}  error    bound    runs    time  statement`;

function tell(report: LawReport, { say }: Terminal): void {
  const { id, title, holds, largestError, bound, runs, seconds = 0, counterexample } = report;
  const verdict = `${holds ? 'holds' : 'FALLS'}  ${id.padEnd(18)}`;
  const sizes = `${scientific(largestError)}  ${scientific(bound)}  ${String(runs).padStart(5)}`;
  say(`${verdict}  ${sizes}  ${seconds.toFixed(1).padStart(4)} s  ${title}`);
  if (counterexample === undefined) return;
  const { sample, seed, thrown } = counterexample;
  if (thrown !== undefined) say(`       threw ${thrown}`);
  say(`       seed ${seed}, sample ${JSON.stringify(sample, plainArrays)}`);
}

function scientific(value: number): string {
  return (value === 0 ? '0' : value.toExponential(1)).padStart(7);
}

function plainArrays(_: string, value: unknown): unknown {
  return value instanceof Float32Array || value instanceof Float64Array || value instanceof Int32Array
    ? [...value]
    : value;
}

function readBackend(name: string): BackendName {
  const found = backendNames.find((each) => each === name);
  if (found !== undefined) return found;
  throw new OptionError({
    where: 'normlab laws',
    what: '--backend',
    rule: `be of ${backendNames.join(', ')}, separated by commas`,
    got: name,
    hint: nameHint(name, backendNames),
  });
}

function readCount(what: string, text: string, least: number): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= least) return count;
  throw new OptionError({
    where: 'normlab laws',
    what,
    rule: `be an integer ≥ ${least}`,
    got: text,
  });
}
