import { cpus } from 'node:os';
import { type BackendName, openBackend } from '@normlab/backends';
import { type LikelyFault, likelyFaults } from '@normlab/laws';
import { type AbsoluteReport, type LawReport, runSuite, type SuiteReport } from '@normlab/laws/suite';
import stringWidth from 'string-width';
import type { Flags } from '../settings/readOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { fold } from '../terminal/fold.js';
import { openTerminal, type Terminal } from '../terminal/terminal.js';
import { readLawsFlags } from './lawsRequest.js';

/**
 * The document of `normlab laws --json`. An infinite number, such as the error of a law that threw, is null in JSON.
 */
export type LawsResult = {
  readonly seed: number;
  /** Samples per law. */
  readonly runs: number;
  /** The machine: `AMD EPYC, 2 cores, Node 20.20.2`. */
  readonly machine: string;
  readonly backends: readonly {
    readonly name: BackendName;
    readonly description: string;
    /** Comparisons with float64 and with PyTorch's numbers. */
    readonly absolute: readonly AbsoluteReport[];
    readonly laws: readonly LawReport[];
    /** The faults that best explain which laws fell, best first. */
    readonly likelyFaults: readonly LikelyFault[];
  }[];
};

/**
 * `normlab laws`: absolute checks and the laws of batch norm, on one backend after the other. @returns 1 if one fails
 */
export async function laws(flags: Flags): Promise<number> {
  const { backends: asked, runs, seed, ids } = readLawsFlags(flags);
  const terminal = openTerminal(flags);
  // A missing backend is reported now, not after the first has run for minutes.
  if (asked.length > 1)
    for (const { name, options } of asked) await (await openBackend(name, options)).close();
  const backends: LawsResult['backends'][number][] = [];
  for (const { name, options } of asked) {
    const backend = await openBackend(name, options);
    try {
      terminal.say(`${backend.description}; ${runs} samples per law, seed ${seed}`);
      terminal.say(header);
      const absolute: AbsoluteReport[] = [];
      const lawReports: LawReport[] = [];
      for await (const report of runSuite({ runs, seed, laws: ids, now: () => performance.now() })) {
        if ('absolute' in report) absolute.push(report);
        else lawReports.push(report);
        tell(report, terminal);
      }
      const likely = likelyFaults(lawReports);
      for (const { fault, agreement } of likely) {
        terminal.say(
          `${indent}likely fault: ${fault} (fits ${(100 * agreement).toFixed(0)} % of the laws concerned)`,
        );
      }
      const { description } = backend;
      backends.push({ name, description, absolute, laws: lawReports, likelyFaults: likely });
    } finally {
      await backend.close();
    }
  }
  const result: LawsResult = { seed, runs, machine: machine(), backends };
  if (terminal.json) terminal.result(JSON.stringify(result, null, 2));
  const all = backends.flatMap((backend): SuiteReport[] => [...backend.absolute, ...backend.laws]);
  const fallen = all.filter(({ holds }) => !holds).length;
  terminal.say(fallen === 0 ? `All ${all.length} hold.` : `${fallen} of ${all.length} fall.`);
  return fallen === 0 ? exitStatus.done : exitStatus.failed;
}

/** Below the names of the laws. */
const indent = ' '.repeat(7);

const header = `${'law'.padEnd(25)}  error    bound    runs    time  statement`;

function tell(report: SuiteReport, { say, columns }: Terminal): void {
  const { id, title, holds, largestError, bound, seconds = 0 } = report;
  const verdict = `${holds ? 'holds' : 'FALLS'}  ${id.padEnd(18)}`;
  const runs = 'absolute' in report ? '' : String(report.runs);
  const sizes = `${scientific(largestError)}  ${scientific(bound)}  ${runs.padStart(5)}`;
  const measured = `${verdict}  ${sizes}  ${seconds.toFixed(1).padStart(4)} s`;
  if (stringWidth(`${measured}  ${title}`) <= columns()) say(`${measured}  ${title}`);
  else
    for (const line of [measured, ...fold(title, columns() - indent.length).map((part) => indent + part)])
      say(line);
  const { at } = 'absolute' in report ? report : (report.counterexample ?? {});
  const reason = 'absolute' in report ? report.reason : report.counterexample?.reason;
  if (reason !== undefined) say(`${indent}${reason}`);
  if (at !== undefined) {
    const place = `[${at.index}]${at.side === undefined ? '' : ` of ${at.side}`}`;
    say(
      `${indent}${at.got} for ${at.expected} at ${place}, which may be ${scientific(at.allowed).trim()} apart`,
    );
  }
  if ('absolute' in report || report.counterexample === undefined) return;
  const { seed, sample } = report.counterexample;
  say(`       seed ${seed}, sample ${JSON.stringify(sample)}`);
}

function machine(): string {
  const cores = cpus();
  return `${cores[0]?.model.trim() ?? 'unknown processor'}, ${cores.length} cores, Node ${process.versions.node}`;
}

function scientific(value: number): string {
  return (value === 0 ? '0' : value.toExponential(1)).padStart(7);
}
