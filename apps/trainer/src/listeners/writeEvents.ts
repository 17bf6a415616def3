import { appendFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileError } from '@normlab/files';
import { fileVersion, histogram, scalars, sessionStart } from '@normlab/tensorboard';
import type { TrainEvent } from '@normlab/train';
import type { Tensor } from '@tensorflow/tfjs-core';
import { allFinite } from './allFinite.js';
import { binned } from './binned.js';
import type { Listener } from './listener.js';

/**
 * Writes a run's course as an event file for TensorBoard into its folder: loss and accuracy of steps, epochs and
 * evaluations, the learning rate, and at each checkpoint a histogram of every parameter whose values are all finite.
 *
 * Each process that works on the run writes a file of its own; one that goes on from a checkpoint says from which step, so
 * that TensorBoard drops what is done again.
 *
 * @param from steps that the run has behind it
 * @param seconds since 1970
 * @param on what evaluations are on: `test` or `validation`
 */
export function writeEvents(folder: string, from: number, seconds: () => number, on = 'test'): Listener {
  const file = join(folder, `events.out.tfevents.${Math.floor(seconds())}.${hostname()}.${process.pid}`);
  const append = (...records: readonly Uint8Array[]) => {
    try {
      appendFileSync(file, Buffer.concat(records));
    } catch (cause) {
      throw fileError({ where: 'run folder', file, rule: 'be a file that can be written' }, cause);
    }
  };
  const first = { step: from + 1, wallTime: seconds() };
  append(fileVersion(first.wallTime), ...(from === 0 ? [] : [sessionStart(first)]));
  return async (event) => {
    if (event.type === 'update') return;
    const moment = { step: event.step, wallTime: seconds() };
    if (event.type !== 'checkpoint') return append(scalars(scalarsOf(event, on), moment));
    for (const [name, tensor] of Object.entries<Tensor>(event.state.params)) {
      const values = await tensor.data();
      if (allFinite(values)) append(histogram(name, binned(values), moment));
    }
  };
}

function scalarsOf(
  event: Exclude<TrainEvent, { type: 'checkpoint' | 'update' }>,
  on: string,
): Record<string, number> {
  const { loss, accuracy } = event;
  switch (event.type) {
    case 'step':
      return { 'step/loss': loss, 'step/accuracy': accuracy, learning_rate: event.learningRate };
    case 'epoch':
      return { 'epoch/loss': loss, 'epoch/accuracy': accuracy };
    case 'evaluation':
      return { [`${on}/loss`]: loss, [`${on}/accuracy`]: accuracy };
  }
}
