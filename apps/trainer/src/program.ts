import { Command, CommanderError, Option } from 'commander';
import { trainOptions } from './settings/trainOptions.js';
import { exitStatus, exitStatusOf, failureText } from './terminal/failure.js';

/**
 * Runs `normlab` with the arguments behind its name.
 *
 * Each command's code is loaded when it is called, so that help comes at once.
 *
 * @returns the exit status: 0 done, 1 failed, 2 bad usage, 130 or 143 interrupted
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  endQuietlyOnClosedPipe();
  let status: number = exitStatus.done;
  const program = describeCommands((result) => {
    status = result;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.badUsage;
    process.stderr.write(`${failureText(error, { debug: args.includes('--debug') })}\n`);
    return exitStatusOf(error);
  }
}

/** The commands with their options; each action hands its exit status to `finish`. */
export function describeCommands(finish: (status: number) => void): Command {
  const program = new Command('normlab')
    .description('Trains convolutional networks with (constant) batch norm on TensorFlow.js.')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .showSuggestionAfterError();

  const train = addCommand(program, 'train', 'train a network, or go on with a run').addHelpText(
    'after',
    '\nEvery option of the groups above is also a key of a recipe. Ctrl-C saves and ends; --resume goes on.',
  );
  for (const { flags, about, names, group } of trainOptions) {
    const choices = names === undefined ? '' : `: ${names.join(', ')}`;
    train.addOption(new Option(flags, `${about}${choices}`).helpGroup(`${group}:`));
  }
  train
    .addOption(runOption('--recipe <name>', 'a recipe by name, or a .json file of one; flags go before it'))
    .addOption(runOption('--out <dir>', 'run folder (runs/<model>-<norm>-<dataset>-seed<seed>)'))
    .addOption(runOption('--resume <dir>', 'go on with the run in a folder'))
    .action(async (flags) => finish(await (await import('./commands/train.js')).train(flags)));
  return program;
}

function addCommand(program: Command, name: string, about: string): Command {
  return program
    .command(name)
    .description(about)
    .allowExcessArguments(false)
    .option('--json', 'one JSON document on stdout and nothing else there')
    .option('--debug', 'show where an error comes from');
}

function runOption(flags: string, about: string): Option {
  return new Option(flags, about).helpGroup('Run:');
}

function oneLine(text: string): string {
  return `${text
    .replace(/^error: /, 'normlab: ')
    .trim()
    .split('\n')
    .join(' ')}\n`;
}

/** `normlab params | head` closes the pipe early, which is no failure. */
function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(exitStatus.done);
  });
}
