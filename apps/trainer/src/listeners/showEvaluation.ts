import { passingBar } from '../terminal/bar.js';
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
  const bar = passingBar(({ value, total }) => {
    return { before: 'evaluating', after: [`${value}/${total} images`] };
  });
  bar.start(images, 0);
  return { evaluated: (done) => bar.update(done), stop: () => bar.stop() };
}
