import type { Recording } from '@normlab/experiments';
import { type ModelSpec, summarize } from '@normlab/models';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { RecordingsFile } from '../runFolder/recordingsFile.js';
import { allFinite } from './allFinite.js';
import { binned } from './binned.js';
import type { Listener } from './listener.js';

/**
 * Records the gains and biases of every norm of a network at each checkpoint (Figures 1 and 2): their histogram, their
 * range, and their drift, the root mean square of γ − 1 or β. A variable with a value that is not finite is left out.
 *
 * One readback per norm and checkpoint.
 */
export function recordNorms(file: RecordingsFile, spec: ModelSpec): Listener {
  // Other layers have variables of these names too: a convolution's weight norm, for example.
  const norms = new Set(summarize(spec).flatMap(({ layer, type }) => (type === 'norm' ? [layer] : [])));
  return async (event) => {
    // A state that still owed its evaluation comes a second time.
    if (event.type !== 'checkpoint' || event.step === file.last('norm')) return;
    const lines: Recording[] = [];
    for (const [path, tensor] of Object.entries<Tensor>(event.state.params)) {
      const variable = variables[path.slice(path.lastIndexOf('/') + 1)];
      const layer = path.slice(0, path.lastIndexOf('/'));
      if (variable === undefined || !norms.has(layer)) continue;
      const values = await tensor.data();
      if (allFinite(values)) lines.push(normLine(layer, variable, event.step, values));
    }
    file.write(lines);
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
