import type { TrainEvent } from '@normlab/train';
import { percent } from '../terminal/percent.js';
import type { Listener } from './listener.js';
import type { Progress } from './progress.js';
import { measureSpeed } from './speed.js';

/** The weight of the old value in the running mean that the bar shows: about the last 50 steps. */
const smoothing = 0.98;

type Course = {
  /** What evaluations are on. */
  readonly evaluatedOn: 'test' | 'validation';
  readonly steps: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
};

/** Displays each event; `seconds` is the run's clock. */
export function reportProgress(progress: Progress, course: Course, seconds: () => number): Listener {
  const speed = measureSpeed(seconds());
  const began = seconds();
  let stepsHere = 0;
  let shown: { loss: number; accuracy: number } | undefined;
  let epochText = '';

  const showStep = (event: TrainEvent & { type: 'step' }) => {
    stepsHere++;
    speed.step(event.images, seconds());
    shown = {
      loss: blend(shown?.loss, event.loss),
      accuracy: blend(shown?.accuracy, event.accuracy),
    };
    const secondsLeft = ((seconds() - began) / stepsHere) * (course.steps - event.step);
    progress.step({ ...event, ...shown, imagesPerSecond: speed.imagesPerSecond(), secondsLeft });
    if (event.step % course.stepsPerEpoch === 0 || event.step === course.steps) progress.busy('evaluating');
  };

  return (event) => {
    switch (event.type) {
      case 'step':
        return showStep(event);
      case 'epoch':
        epochText = `epoch ${event.epoch + 1}/${course.epochs}  loss ${event.loss.toFixed(3)}  accuracy ${percent(event.accuracy)}`;
        return;
      case 'evaluation': {
        const test = `${course.evaluatedOn} loss ${event.loss.toFixed(3)}  ${course.evaluatedOn} accuracy ${percent(event.accuracy)}`;
        const rate = `${speed.imagesPerSecond().toFixed(0)} images/s`;
        speed.pause(seconds());
        return progress.line([epochText, test, ...(stepsHere > 0 ? [rate] : [])].join('  '));
      }
      case 'checkpoint':
        return speed.pause(seconds());
    }
  };
}

function blend(old: number | undefined, value: number): number {
  return old === undefined ? value : smoothing * old + (1 - smoothing) * value;
}
