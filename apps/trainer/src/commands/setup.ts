import { setupTensorflow } from '@normlab/backends/node';
import { nameHint, OptionError } from '@normlab/errors';
import { commandLineOf } from '../settings/checkOptions.js';
import { optionsOf } from '../settings/commands.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { resolveOptions } from '../settings/resolveOptions.js';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { openTerminal } from '../terminal/terminal.js';

/** Backends that can be set up: the others only need npm. */
const names = ['tensorflow'] as const;

/**
 * `normlab setup tensorflow --from PLACE`: links tfjs-node-gpu or tfjs-node with the TensorFlow of a Python or a
 * folder, and trains a step on it. With `--json`, the document is a `TensorflowSetup`.
 *
 * @returns the exit status
 */
export async function setup(name: string, flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  if (!names.some((each) => each === name)) {
    const hint = nameHint(name, names);
    throw new OptionError({
      where: 'normlab setup',
      what: 'the backend',
      rule: 'be tensorflow',
      got: name,
      hint,
    });
  }
  const source = commandLineOf('setup');
  const { from } = resolveOptions(optionsOf('setup'), readOptions('setup', flags), source);
  const interruption = onInterruption(() => terminal.warn('Stopping. The previous state is restored.'));
  try {
    const { signal } = interruption;
    const done = await setupTensorflow({ from, signal, onLine: terminal.warn });
    if (terminal.json) terminal.result(JSON.stringify(done));
    const { package: binding, version, device, library } = done;
    terminal.say(`${binding} computes with TensorFlow ${version} on its ${device} kernels, from ${library}`);
    terminal.say('Ready: normlab train --backend tensorflow');
    return exitStatus.done;
  } catch (error) {
    if (interruption.signal.aborted) return interruption.status();
    throw error;
  } finally {
    interruption.release();
  }
}
