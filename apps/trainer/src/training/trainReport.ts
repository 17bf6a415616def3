import type { OpenBackend } from '@normlab/backends';
import { countParams } from '@normlab/models';
import type { RunResult } from '../runFolder/runResult.js';
import { duration } from '../terminal/duration.js';
import { percent } from '../terminal/percent.js';
import { shellWord } from '../terminal/shellWord.js';
import type { Terminal } from '../terminal/terminal.js';
import type { PreparedRun } from './prepareRun.js';

/** Prints what is about to be trained, on which data and where. */
export function introduce(
  run: Omit<PreparedRun, 'data' | 'pipeline'>,
  { description }: Pick<OpenBackend, 'description'>,
  { say }: Terminal,
): void {
  const { settings, spec, dataset, length, folder } = run;
  const parameters = countParams(spec).trainable.toLocaleString('en');
  const epochs = (length.steps / length.stepsPerEpoch).toLocaleString('en', { maximumFractionDigits: 1 });
  say(`network   ${[spec.name, settings.norm].filter(Boolean).join(' ')}, ${parameters} parameters`);
  const heldOut =
    dataset.validationImages === undefined
      ? ''
      : `, ${dataset.validationImages} validation (used for evaluation)`;
  say(
    `data      ${settings.dataset}, ${dataset.trainImages} training${heldOut} and ${dataset.testImages} test images`,
  );
  const batch = counted(Math.min(settings.batch, dataset.trainImages), 'image');
  say(
    `training  ${counted(length.steps, 'step')} of ${batch} (${counted(epochs, 'epoch')}), seed ${settings.seed}`,
  );
  say(`backend   ${description}`);
  say(`folder    ${folder}`);
  if (settings.note !== undefined) say(`note      ${settings.note}`);
}

/** `1 step`, `2 steps`. */
function counted(count: number | string, name: string): string {
  return `${count} ${name}${String(count) === '1' ? '' : 's'}`;
}

/** Prints the run's result; with --json, as one JSON document. */
export function conclude(result: RunResult, { result: print, say, json }: Terminal): void {
  const { folder, finished, test, evaluatedOn, seconds, step, steps } = result;
  if (json) print(JSON.stringify(result));
  if (!finished) {
    say(`Stopped after step ${step} of ${steps}. Resume with: normlab train --resume ${shellWord(folder)}`);
    return;
  }
  const images = test === null ? '' : ` on ${test.images} ${evaluatedOn} images`;
  if (test !== null && test.neverPredicted.length > 0) {
    say(`Never predicted: ${test.neverPredicted.join(', ')}. No ${evaluatedOn} image is taken for one.`);
  }
  const title = evaluatedOn === 'test' ? 'Test' : 'Validation';
  say(
    `${title} accuracy ${percent(test?.accuracy ?? 0)}${images} after ${duration(seconds)}. Run: ${folder}`,
  );
}

/** After an error of the backend, such as a lost GPU: the run is not lost. */
export function sayHowToResume(
  { folder, step }: { readonly folder: string; readonly step: number },
  { warn }: Terminal,
): void {
  if (step === 0) return;
  warn(`The checkpoint of step ${step} is kept. Resume with: normlab train --resume ${shellWord(folder)}`);
}
