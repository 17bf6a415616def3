import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordings, type Recording } from '@normlab/experiments';
import { fileError } from '@normlab/files';
import type { Tensor } from '@tensorflow/tfjs-core';
import { binned } from './binned.js';
import type { Listener } from './listener.js';

export const recordingsFile = 'recordings.jsonl';

/**
 * Records the gains and biases of every norm at each checkpoint (Figures 1 and 2): their histogram, their range, and
 * their drift, the root mean square of γ − 1 or β.
 *
 * One readback per norm and checkpoint. What was recorded after the checkpoint that a run goes on from is cut off.
 *
 * @param from steps that the run has behind it
 */
export function writeRecordings(folder: string, from: number): Listener {
  const file = join(folder, recordingsFile);
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw fileError({ where: 'run folder', file, rule: 'be a file that can be written' }, cause);
    }
  };
  const kept = existsSync(file)
    ? parseRecordings(file, readFileSync(file, 'utf8')).filter(({ step }) => step <= from)
    : [];
  if (existsSync(file)) attempt(() => writeFileSync(file, linesOf(kept)));
  let last = kept.at(-1)?.step ?? 0;
  return async (event) => {
    // A state that still owed its evaluation comes a second time.
    if (event.type !== 'checkpoint' || event.step === last) return;
    last = event.step;
    const lines: Recording[] = [];
    for (const [path, tensor] of Object.entries<Tensor>(event.state.params)) {
      const variable = variables[path.slice(path.lastIndexOf('/') + 1)];
      if (variable === undefined) continue;
      const layer = path.slice(0, path.lastIndexOf('/'));
      lines.push(normLine(layer, variable, event.step, await tensor.data()));
    }
    attempt(() => appendFileSync(file, linesOf(lines)));
  };
}

/** Names of a norm's variables, and what the recording calls them. */
const variables: Readonly<Record<string, 'gain' | 'bias' | undefined>> = { scale: 'gain', offset: 'bias' };

function normLine(
  layer: string,
  variable: 'gain' | 'bias',
  step: number,
  values: ArrayLike<number>,
): Recording {
  const still = variable === 'gain' ? 1 : 0;
  let sum = 0;
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    sum += (value - still) ** 2;
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  const drift = Math.sqrt(sum / values.length);
  return { type: 'norm', step, layer, variable, drift, min, max, ...binned(values) };
}

function linesOf(lines: readonly Recording[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
