import { fileURLToPath } from 'node:url';
import { NormlabError, OptionError } from '@normlab/errors';
import { makeBundle } from './makeBundle.js';
import { parseOptions, usage } from './options.js';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));

try {
  await bundle(process.argv.slice(2));
} catch (error) {
  const isUsage = error instanceof OptionError || (error instanceof TypeError && 'code' in error);
  const isKnown = isUsage || error instanceof NormlabError;
  process.stderr.write(`${error instanceof Error && !isKnown ? error.stack : String(error)}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function bundle(args: readonly string[]): Promise<void> {
  // npm runs scripts in the workspace's folder; INIT_CWD is the folder in which npm was called.
  const options = parseOptions(args, process.env.INIT_CWD ?? process.cwd());
  if (options.help) {
    process.stdout.write(usage);
    return;
  }
  const bytes = await makeBundle(workspace, options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${options.out}: ${(bytes / 2 ** 20).toFixed(1)} MiB\n`);
}
