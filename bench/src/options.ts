import { parseArgs } from 'node:util';
import { nameHint, OptionError } from '@normlab/errors';

export const benchmarkNames = ['step', 'standardize', 'start', 'scaling', 'conv'] as const;
export type BenchmarkName = (typeof benchmarkNames)[number];

export type Options = {
  readonly json: boolean;
  readonly help: boolean;
  /** Runs that count, for each case. */
  readonly runs: number;
  /** How long one run is, in seconds. */
  readonly seconds: number;
  readonly only: readonly BenchmarkName[];
  readonly python: string | undefined;
  /** A Markdown file whose part between two marks is replaced by the results. */
  readonly doc: string | undefined;
};

export const usage = `npm run bench -- [options]

  --json          one JSON array on stdout: name, ours, peer, peerName, unit, ratio, n
  --runs N        runs of each case, of which medians are taken (7)
  --seconds S     about how long one run repeats its work (0.05)
  --only NAMES    of ${benchmarkNames.join(', ')}; several with commas
  --python PATH   a Python with torch (python3 where it has it)
  --doc FILE      writes the tables into a Markdown file, between its two marks
`;

/** @throws OptionError for an unknown option, name or number */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      runs: { type: 'string', default: '7' },
      seconds: { type: 'string', default: '0.05' },
      only: { type: 'string', default: benchmarkNames.join(',') },
      python: { type: 'string' },
      doc: { type: 'string' },
    },
  });
  return {
    json: values.json,
    help: values.help,
    runs: positive('--runs', values.runs, Number.isInteger),
    seconds: positive('--seconds', values.seconds, Number.isFinite),
    only: values.only.split(',').map(benchmarkName),
    python: values.python,
    doc: values.doc,
  };
}

function positive(what: string, text: string, isFit: (value: unknown) => boolean): number {
  const value = Number(text);
  if (isFit(value) && value > 0) return value;
  throw new OptionError({ where: 'bench', what, rule: 'be a positive number', got: text });
}

function benchmarkName(name: string): BenchmarkName {
  const known = benchmarkNames.find((each) => each === name);
  if (known !== undefined) return known;
  const hint = nameHint(name, benchmarkNames);
  throw new OptionError({ where: 'bench', what: '--only', rule: 'name benchmarks', got: name, hint });
}
