import { useMemo } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { lines, type Point } from '../charts/plots.js';
import type { Opened } from '../worker/lab.js';
import { Panel } from './panel.js';

/** What is known of a training so far. */
export type Progress = {
  /** Loss of each step, averaged over the last ones. */
  readonly losses: readonly Point[];
  /** Accuracy of the batches, averaged in the same way, and on the test images after each epoch. */
  readonly accuracies: readonly Point[];
  readonly step: number;
  readonly imagesPerSecond: number | undefined;
  readonly test:
    | { readonly step: number; readonly accuracy: number; readonly loss: number; readonly images: number }
    | undefined;
};

type Props = {
  readonly opened: Opened | undefined;
  readonly progress: Progress;
  readonly status: string;
};

/** Loss and accuracy while a network trains. */
export function TrainingPanel({ opened, progress, status }: Props) {
  const { losses, accuracies, step, imagesPerSecond, test } = progress;
  const drawLoss = useMemo(() => lines(losses, { y: 'loss' }), [losses]);
  const drawAccuracy = useMemo(() => lines(accuracies, { y: 'accuracy' }), [accuracies]);
  const steps = opened?.length.steps ?? 0;
  return (
    <Panel title="Training" size="wide">
      <p role="status">{status}</p>
      <progress aria-label="Steps done" max={Math.max(1, steps)} value={step} />
      <dl class="figures">
        <Figure name="Step" value={opened === undefined ? '…' : `${step} of ${steps}`} />
        <Figure name="Loss" value={losses.at(-1)?.value.toFixed(3) ?? '–'} />
        <Figure
          name="Test accuracy"
          value={test === undefined ? '–' : percent(test.accuracy)}
          id="test-accuracy"
        />
        <Figure name="Images per second" value={imagesPerSecond?.toFixed(0) ?? '–'} />
        <Figure name="Network" value={opened?.name ?? '…'} />
        <Figure name="Parameters" value={opened?.parameters.toLocaleString('en') ?? '–'} />
        <Figure name="Backend" value={opened?.backend ?? '…'} />
      </dl>
      <div class="charts">
        <Chart
          label={`Loss over ${step} steps, now ${losses.at(-1)?.value.toFixed(3) ?? 'unknown'}`}
          draw={drawLoss}
          caption="Cross-entropy of the batches, mean of the last ten."
        />
        <Chart
          label={`Accuracy over ${step} steps, on test images ${test === undefined ? 'not yet known' : percent(test.accuracy)}`}
          draw={drawAccuracy}
          caption="Share of the images classified correctly: in the batches, and on the test images after each epoch."
        />
      </div>
    </Panel>
  );
}

function Figure({ name, value, id }: { name: string; value: string; id?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd {...(id !== undefined && { id })}>{value}</dd>
    </div>
  );
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
