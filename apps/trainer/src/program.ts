import { readFileSync } from 'node:fs';
import { Command, CommanderError, Option } from 'commander';
import { type TrainOption, trainOptions } from './settings/trainOptions.js';
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
    .version(ownVersion(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) })
    .showSuggestionAfterError();

  const train = addCommand(program, 'train', 'train a network, or go on with a run').addHelpText(
    'after',
    '\nEvery option of the groups above is also a key of a recipe. Ctrl-C saves and ends; --resume goes on.',
  );
  for (const option of trainOptions) train.addOption(flagOf(option, option.fallback));
  train
    .addOption(runOption('--recipe <name>', 'a recipe by name, or a .json file of one; flags go before it'))
    .addOption(runOption('--out <dir>', 'run folder (runs/<model>-<norm>-<dataset>-seed<seed>)'))
    .addOption(runOption('--resume <dir>', 'go on with the run in a folder'))
    .action(async (flags) => finish(await (await import('./commands/train.js')).train(flags)));

  const evaluation = addCommand(
    program,
    'eval',
    'loss, accuracy and confusion of a run’s checkpoint',
  ).argument('<run>', 'a run folder');
  for (const option of trainOptions.filter(({ key }) =>
    ['dataset', 'data', 'backend', 'threads', 'build', 'adapter'].includes(key),
  )) {
    evaluation.addOption(flagOf(option));
  }
  evaluation
    .option('--re-estimate <n>', 'take running statistics anew from n training images')
    .action(async (run, flags) => finish(await (await import('./commands/eval.js')).evaluateRun(run, flags)));

  addCommand(program, 'doctor', 'tell which backends work here, and what would make the others work').action(
    async (flags) => finish(await (await import('./commands/doctor.js')).doctor(flags)),
  );

  addCommand(program, 'setup', 'build the binding of a backend to a library of your choice, and try it')
    .argument('<backend>', 'tensorflow')
    .requiredOption(
      '--from <place>',
      'a Python that has the package tensorflow, or a folder with its C library',
    )
    .action(async (name, flags) => finish(await (await import('./commands/setup.js')).setup(name, flags)));

  addCommand(program, 'recipes', 'list the recipes that come with normlab').action(async (flags) =>
    finish(await (await import('./commands/recipes.js')).recipes(flags)),
  );

  addCommand(program, 'download', 'fetch an official data set, check and unpack it')
    .argument('<name>', 'cifar10 or cifar100')
    .argument('<dir>', 'where it shall lie')
    .option('--url <address>', 'another address of the same archive')
    .action(async (name, dir, flags) =>
      finish(await (await import('./commands/download.js')).download(name, dir, flags)),
    );

  addCommand(program, 'convert', 'write a folder of pictures in CIFAR-10’s binary layout')
    .argument('<images>', 'a folder of train/<class>/* and test/<class>/*, ten classes of 32×32 pictures')
    .argument('<out>', 'the folder to make')
    .action(async (images, out, flags) =>
      finish(await (await import('./commands/convert.js')).convert(images, out, flags)),
    );

  const params = addCommand(
    program,
    'params',
    'count the parameters of networks, beside the paper’s Table 4',
  );
  for (const option of trainOptions.filter(({ group }) => group === 'Network'))
    params.addOption(flagOf(option));
  params
    .option('--classes <k>', 'size of the head (10)')
    .action(async (flags) => finish(await (await import('./commands/params.js')).params(flags)));

  addCommand(program, 'laws', 'check the laws of batch norm on random samples')
    .option('--backend <names>', 'backends, separated by commas', 'wasm')
    .option('--runs <n>', 'samples put to each law', '100')
    .option('--seed <n>', 'decides every sample', '1')
    .option('--only <ids>', 'some laws, by their ids or numbers, separated by commas')
    .option('--threads <n>', 'threads of the wasm backend (all cores)')
    .option('--build <name>', 'build of the wasm kernels: auto, plain, relaxed (auto)')
    .option('--adapter <name>', 'webgpu: part of the name of a GPU, or software (the fastest GPU)')
    .action(async (flags) => finish(await (await import('./commands/laws.js')).laws(flags)));
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

function flagOf({ flags, about, names, group }: TrainOption, fallback?: string): Option {
  const choices = names === undefined ? '' : `: ${names.join(', ')}`;
  const absent = fallback === undefined ? '' : ` (${fallback})`;
  return new Option(flags, `${about}${choices}${absent}`).helpGroup(`${group}:`);
}

function ownVersion(): string {
  const manifest: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return manifest.version;
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
