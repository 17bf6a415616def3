import { SingleBar } from 'cli-progress';
import type { Terminal } from '../terminal/terminal.js';

/** Told while images are evaluated. */
export type EvaluationProgress = {
  /** Images evaluated so far. */
  evaluated(done: number): void;
  /** Takes the bar away. */
  stop(): void;
};

/** A bar over the images that are evaluated where a person watches; nothing elsewhere. */
export function showEvaluation({ watched }: Terminal, images: number): EvaluationProgress {
  if (!watched) return { evaluated: () => {}, stop: () => {} };
  const bar = new SingleBar({
    stream: process.stderr,
    format: 'evaluating {bar} {value}/{total} images',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    clearOnComplete: true,
    // The bar's own handler would swallow Ctrl-C, which ends the command here; so nothing may be hidden either.
    gracefulExit: false,
  });
  bar.start(images, 0);
  return { evaluated: (done) => bar.update(done), stop: () => bar.stop() };
}
