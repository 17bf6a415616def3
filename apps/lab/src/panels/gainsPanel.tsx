import { useMemo } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { histogram } from '../charts/plots.js';
import type { Learned, Measured } from '../worker/measure.js';
import { Panel } from './panel.js';

/** Histograms of γ and β. */
export function GainsPanel({ measured }: { measured: Measured | undefined }) {
  const { gains = [], biases = [], step = 0 } = measured ?? {};
  return (
    <Panel title="Gains and biases">
      <p>
        After the division, batch norm multiplies by a learned gain γ and adds a learned bias β. Constant
        batch norm does neither.
      </p>
      {measured !== undefined && (
        <>
          <Learning name="γ" still={1} learned={gains} step={step} />
          <Learning name="β" still={0} learned={biases} step={step} />
        </>
      )}
    </Panel>
  );
}

type Props = {
  readonly name: string;
  readonly still: number;
  readonly learned: readonly Learned[];
  readonly step: number;
};

function Learning({ name, still, learned, step }: Props) {
  const draw = useMemo(() => histogram(learned, name, still), [learned, name, still]);
  if (learned.length === 0)
    return (
      <p>
        This network learns no {name}: it is {still} everywhere.
      </p>
    );
  const values = learned.flatMap((each) => [...each.values]);
  const drift = Math.sqrt(values.reduce((sum, value) => sum + (value - still) ** 2, 0) / values.length);
  return (
    <Chart
      label={`Histogram of ${name}: ${values.length} channels, root mean square of the change ${drift.toPrecision(3)}`}
      draw={draw}
      caption={`${name} of all ${values.length} channels after ${step} steps. All began at ${still}; since then they moved by ${drift.toPrecision(3)} (root mean square).`}
    />
  );
}
