import { float32Roundoff } from './bounds/roundoff.js';
import type { Precision } from './subject.js';

/** The unit roundoff a subject is judged by: its own, or that of float32. */
export function roundoffOf({ unitRoundoff = float32Roundoff }: Precision): number {
  return unitRoundoff;
}
