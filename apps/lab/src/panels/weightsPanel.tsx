import { useMemo } from 'preact/hooks';
import { Chart } from '../charts/chart.js';
import { lines, type Point } from '../charts/plots.js';
import type { Opened } from '../worker/lab.js';
import { Panel } from './panel.js';

/** The norms of kernels over the steps, and what they make of the learning rate. */
export type WeightHistory = { readonly norms: readonly Point[]; readonly rates: readonly Point[] };

/** ‖W‖ and η/‖W‖² over the steps. */
export function WeightsPanel({ history, opened }: { history: WeightHistory; opened: Opened | undefined }) {
  const drawNorms = useMemo(() => lines(history.norms, { y: '‖W‖', log: true }), [history]);
  const drawRates = useMemo(() => lines(history.rates, { y: 'η / ‖W‖²', log: true }), [history]);
  const last = history.norms.at(-1);
  return (
    <Panel title="The effective learning rate">
      <p>
        A gradient before a norm is at right angles to W, so every step makes W longer, and L2 makes it
        shorter. Only the direction of W matters, and it turns by η/‖W‖²: the learning rate that counts.
      </p>
      {opened?.kernels.length === 0 ? (
        <p>This network has no convolution directly before a norm.</p>
      ) : (
        <>
          <Chart
            label={
              last === undefined
                ? 'Norms of kernels, not yet known'
                : `Norms of kernels, now ${last.value.toPrecision(3)} for ${last.series}`
            }
            draw={drawNorms}
            caption="Length of kernels before norms, at every fifth step."
          />
          <Chart
            label={`Effective learning rates, now ${history.rates.at(-1)?.value.toPrecision(3) ?? 'unknown'}`}
            draw={drawRates}
            caption="Learning rate η divided by ‖W‖²."
          />
        </>
      )}
    </Panel>
  );
}
