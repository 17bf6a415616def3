import { readFileSync } from 'node:fs';
import { printable } from '@normlab/errors';
import { withFileErrors } from '@normlab/files';
import { Command, CommanderError, Option as Flag } from 'commander';
import { type CommandName, commands, commonOptions } from './settings/commands.js';
import { helpText } from './settings/helpText.js';
import { flagOf, type Options } from './settings/option.js';
import type { Flags } from './settings/readOptions.js';
import { exitStatus, exitStatusOf, failureText } from './terminal/failure.js';
import { openTerminal } from './terminal/terminal.js';
import { watchOutput } from './terminal/watchOutput.js';

/**
 * Each command's action, given its arguments and flags. The command's code is loaded when it is called, so that help is
 * fast.
 */
const actions: Readonly<Record<CommandName, (args: readonly string[], flags: Flags) => Promise<number>>> = {
  train: async (_, flags) => (await import('./commands/train.js')).train(flags),
  eval: async ([run], flags) => (await import('./commands/eval.js')).evaluateRun(run!, flags),
  predict: async ([run, ...images], flags) =>
    (await import('./commands/predict.js')).predict(run!, images, flags),
  export: async ([run], flags) => (await import('./commands/export.js')).exportRun(run!, flags),
  runs: async ([dir = 'runs'], flags) => (await import('./commands/runs.js')).runs(dir, flags),
  compare: async ([name], flags) => (await import('./commands/compare.js')).compare(name!, flags),
  report: async ([dir], flags) => (await import('./commands/report.js')).report(dir!, flags),
  doctor: async (_, flags) => (await import('./commands/doctor.js')).doctor(flags),
  setup: async ([name], flags) => (await import('./commands/setup.js')).setup(name!, flags),
  recipes: async (_, flags) => (await import('./commands/recipes.js')).recipes(flags),
  download: async ([name, dir], flags) =>
    (await import('./commands/download.js')).download(name!, dir!, flags),
  convert: async ([images, out], flags) =>
    (await import('./commands/convert.js')).convert(images!, out!, flags),
  params: async (_, flags) => (await import('./commands/params.js')).params(flags),
  laws: async (_, flags) => (await import('./commands/laws.js')).laws(flags),
};

/**
 * Runs `normlab` with its command-line arguments.
 *
 * @returns the exit status: 0 done, 1 failed, 2 bad usage, 130 or 143 interrupted
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const output = watchOutput();
  let status: number = exitStatus.done;
  const program = describeCommands((result) => {
    status = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status === exitStatus.done && output.isIncomplete() ? exitStatus.failed : status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.badUsage;
    openTerminal().warn(failureText(error, { debug: args.includes('--debug') }));
    return exitStatusOf(error);
  }
}

/** The commands with their options; each action passes its exit status to `finish`. */
export function describeCommands(finish: (status: number) => void): Command {
  const program = new Command('normlab')
    .description('Trains convolutional networks with (constant) batch norm on TensorFlow.js.')
    .version(ownVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .showSuggestionAfterError();
  for (const name of Object.keys(commands) as CommandName[]) {
    const { about, arguments: places, options, ...more } = commands[name];
    const command = program.command(name).description(about).allowExcessArguments(false);
    for (const place of places) command.argument(place.name, place.about);
    addOptions(command, commonOptions);
    addOptions(command, options);
    if ('note' in more) command.addHelpText('after', `\n${more.note}`);
    command.action(async (...given: unknown[]) => {
      const args = given
        .slice(0, places.length)
        .flat()
        .flatMap((each) => (each === undefined ? [] : [String(each)]));
      finish(await withFileErrors(`normlab ${name}`, () => actions[name](args, command.opts())));
    });
  }
  return program;
}

function addOptions(command: Command, options: Options): void {
  for (const [key, option] of Object.entries(options)) {
    const flags = [flagOf(key), option.value].filter(Boolean).join(' ');
    const flag = new Flag(flags, helpText(option));
    command.addOption(option.group === undefined ? flag : flag.helpGroup(`${option.group}:`));
  }
}

function ownVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
}

function oneLine(text: string): string {
  const line = text
    .replace(/^error: /, 'normlab: ')
    .trim()
    .replaceAll('\n', ' ');
  return `${printable(line).slice(0, 1000)}\n`;
}
