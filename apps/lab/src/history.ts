import type { Point } from './charts/plots.js';
import type { Progress } from './panels/trainingPanel.js';
import type { WeightHistory } from './panels/weightsPanel.js';
import type { LabEvent } from './worker/lab.js';
import type { Measured } from './worker/measure.js';

/** Steps over which loss and accuracy are averaged. */
const span = 10;
/** Points of one line; longer lines are thinned out. */
const longest = 400;

/** What the events of a run have told so far. */
export class History {
  #losses: Point[] = [];
  #accuracies: Point[] = [];
  #norms: Point[] = [];
  #rates: Point[] = [];
  #last: { readonly loss: number; readonly accuracy: number }[] = [];
  #step = 0;
  /** When the clock was started, and the images since then; the clock stands still at first. */
  #begun: number | undefined;
  #images = 0;
  #imagesPerSecond: number | undefined;
  #test: Progress['test'];
  /** The network as it was measured last. */
  measured: Measured | undefined;

  constructor(measured?: Measured) {
    this.measured = measured;
    this.#step = measured?.step ?? 0;
  }

  /** Stops the clock of the images per second, until the next step. */
  pause(): void {
    this.#begun = undefined;
  }

  take(event: LabEvent, now: number): void {
    switch (event.type) {
      case 'step': {
        const { step, loss, accuracy, images } = event;
        this.#count(images, now);
        this.#step = step;
        this.#last = [...this.#last, { loss, accuracy }].slice(-span);
        this.#losses.push({ step, value: meanOf(this.#last, 'loss'), series: 'training' });
        this.#accuracies.push({ step, value: meanOf(this.#last, 'accuracy'), series: 'training' });
        return;
      }
      case 'evaluation': {
        const { step, loss, accuracy, images } = event;
        this.#test = { step, loss, accuracy, images };
        this.#accuracies.push({ step, value: accuracy, series: 'test' });
        // The time of an evaluation is not the time of a step.
        this.pause();
        return;
      }
      case 'measured': {
        this.measured = event.measured;
        const { step, kernelNorms } = event.measured;
        for (const path of chosen(Object.keys(kernelNorms))) {
          const value = kernelNorms[path]!;
          const series = path.replace(/\/kernel$/, '');
          this.#norms.push({ step, value, series });
          this.#rates.push({ step, value: event.learningRate / value ** 2, series });
        }
      }
    }
  }

  /** Forgets what came after a step. */
  cutTo(step: number): void {
    const upTo = (points: readonly Point[]) => points.filter((point) => point.step <= step);
    this.#losses = upTo(this.#losses);
    this.#accuracies = upTo(this.#accuracies);
    this.#norms = upTo(this.#norms);
    this.#rates = upTo(this.#rates);
    if (this.#step > step) this.#last = [];
    this.#step = step;
  }

  #count(images: number, now: number): void {
    if (this.#begun === undefined) {
      this.#begun = now;
      this.#images = 0;
      return;
    }
    this.#images += images;
    const seconds = (now - this.#begun) / 1000;
    if (seconds > 0.5) this.#imagesPerSecond = this.#images / seconds;
  }

  progress(): Progress {
    return {
      losses: thinned(this.#losses),
      accuracies: thinned(this.#accuracies),
      step: this.#step,
      imagesPerSecond: this.#imagesPerSecond,
      test: this.#test,
    };
  }

  weights(): WeightHistory {
    return { norms: thinned(this.#norms), rates: thinned(this.#rates) };
  }
}

/** At most four: the first, the last, and two between. */
function chosen(paths: readonly string[]): string[] {
  if (paths.length <= 4) return [...paths];
  const last = paths.length - 1;
  return [0, Math.round(last / 3), Math.round((2 * last) / 3), last].map((index) => paths[index]!);
}

function meanOf(
  values: readonly { readonly loss: number; readonly accuracy: number }[],
  key: 'loss' | 'accuracy',
): number {
  return values.reduce((sum, value) => sum + value[key], 0) / values.length;
}

/** Every n-th point of each line, and its last. */
function thinned(points: readonly Point[]): Point[] {
  const lines = new Map<string, Point[]>();
  for (const point of points) {
    const line = lines.get(point.series);
    if (line === undefined) lines.set(point.series, [point]);
    else line.push(point);
  }
  return [...lines.values()].flatMap((line) => {
    const every = Math.ceil(line.length / longest);
    return line.filter((_, index) => index % every === 0 || index === line.length - 1);
  });
}
