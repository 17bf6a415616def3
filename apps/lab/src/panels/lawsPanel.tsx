import type { SuiteReport } from '@normlab/laws/suite';
import { Panel } from './panel.js';

type Props = {
  readonly reports: readonly SuiteReport[];
  readonly isRunning: boolean;
  readonly isDisabled: boolean;
  onStart(): void;
  onStop(): void;
};

/** The checks and laws, with the errors that this browser makes. */
export function LawsPanel({ reports, isRunning, isDisabled, onStart, onStop }: Props) {
  const fallen = reports.filter(({ holds }) => !holds).length;
  return (
    <Panel title="Laws" size="full">
      <p>
        What batch norm must do, as equations. Each is checked here, on the open backend, on five random
        samples: the largest error must be below a bound that follows from the rounding of float32.
      </p>
      <div class="buttons">
        {isRunning ? (
          <button type="button" onClick={onStop}>
            Stop the laws
          </button>
        ) : (
          <button type="button" onClick={onStart} disabled={isDisabled}>
            Check the laws
          </button>
        )}
      </div>
      <p role="status">
        {reports.length === 0
          ? 'Nothing checked yet.'
          : `${reports.length} checked, ${fallen === 0 ? 'all hold' : `${fallen} fell`}${isRunning ? ' so far' : ''}.`}
      </p>
      {reports.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls must be reachable by keyboard.
        <section class="scrolls" aria-label="Results of the laws" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Law</th>
                <th scope="col">Equation</th>
                <th scope="col">Result</th>
                <th scope="col">Largest error</th>
                <th scope="col">Bound</th>
                <th scope="col">Seconds</th>
              </tr>
            </thead>
            <tbody>
              {reports.map(({ id, title, holds, largestError, bound, seconds }) => (
                <tr key={id}>
                  <th scope="row">{id}</th>
                  <td>{title}</td>
                  <td class={holds ? 'holds' : 'falls'}>{holds ? 'holds' : 'falls'}</td>
                  <td>{largestError.toExponential(1)}</td>
                  <td>{bound.toExponential(1)}</td>
                  <td>{seconds?.toFixed(1)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  );
}
