/** Images per second over the last steps, without the pauses between them (such as evaluations). */
export type Speed = {
  /** A step of `images` images ended now; `seconds` is the clock. */
  step(images: number, seconds: number): void;
  /** The time until now was not training. */
  pause(seconds: number): void;
  imagesPerSecond(): number;
};

/** Keeps the last `window` steps, 50 by default. */
export function measureSpeed(start: number, { window = 50 } = {}): Speed {
  let last = start;
  const steps: { images: number; seconds: number }[] = [];
  return {
    step(images, seconds) {
      steps.push({ images, seconds: seconds - last });
      if (steps.length > window) steps.shift();
      last = seconds;
    },
    pause(seconds) {
      last = seconds;
    },
    imagesPerSecond() {
      const images = steps.reduce((sum, step) => sum + step.images, 0);
      const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
      return seconds > 0 ? images / seconds : 0;
    },
  };
}
