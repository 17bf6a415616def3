import { setupTensorflow } from '@normlab/backends';
import { nameHint, OptionError } from '@normlab/errors';
import { exitStatus } from '../terminal/failure.js';
import { onInterruption } from '../terminal/interruption.js';
import { openTerminal } from '../terminal/terminal.js';

/** Backends that can be set up: the others need no more than npm. */
const names = ['tensorflow'] as const;

/** Flags of `normlab setup` as commander gives them. */
export type SetupFlags = { readonly from: string; readonly json?: boolean };

/**
 * `normlab setup tensorflow --from PLACE`: links tfjs-node-gpu or tfjs-node with the TensorFlow of a Python or a
 * folder, and trains a step on it. With `--json`, the document is a `TensorflowSetup`.
 *
 * @returns the exit status
 */
export async function setup(name: string, flags: SetupFlags): Promise<number> {
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
  const interruption = onInterruption(() => terminal.warn('Stopping. What was there comes back.'));
  try {
    const { signal } = interruption;
    const done = await setupTensorflow({ from: flags.from, signal, onLine: terminal.warn });
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
