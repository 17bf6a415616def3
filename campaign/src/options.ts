import { parseArgs } from 'node:util';
import { nameHint, OptionError } from '@normlab/errors';

/** What a call of the campaigns asks for. */
export type Options = {
  readonly names: readonly string[];
  /** Trials of each campaign; a short run's by default. */
  readonly count: number | undefined;
  readonly minutes: number | undefined;
  /** The number of the first trial; the one after the last that was done by default. */
  readonly first: number | undefined;
  /** Folder of the results. */
  readonly results: string | undefined;
  /** A Markdown file into which a table of all results is written. */
  readonly doc: string | undefined;
  readonly help: boolean;
};

/** @throws OptionError for an unknown option, campaign or number */
export function parseOptions(args: readonly string[], known: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      count: { type: 'string' },
      minutes: { type: 'string' },
      first: { type: 'string' },
      results: { type: 'string' },
      doc: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  for (const name of positionals) {
    if (known.includes(name)) continue;
    const rule = 'be the name of a campaign';
    throw new OptionError({
      where: 'campaign',
      what: 'the name',
      rule,
      got: name,
      hint: nameHint(name, known),
    });
  }
  return {
    names: positionals,
    count: numberIn('--count', values.count),
    minutes: numberIn('--minutes', values.minutes),
    first: numberIn('--first', values.first),
    results: values.results,
    doc: values.doc,
    help: values.help,
  };
}

function numberIn(what: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new OptionError({ where: 'campaign', what, rule: 'be a number ≥ 0', got: text });
}
