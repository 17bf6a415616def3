import type { Section } from '../document.js';
import { duration, intervalCell, numberCell, percent } from '../format.js';
import type { ReportInput } from '../reportDetails.js';

/** Every run with its state, runs that diverged included. */
export function runSection({ analysis }: ReportInput): Section {
  return {
    id: 'runs',
    heading: 'Runs',
    blocks: [
      {
        kind: 'table',
        caption:
          'Every run; the interval is for the accuracy on other test images like these (Clopper–Pearson, 95 %)',
        header: ['run', 'state', 'steps', 'test accuracy', 'interval', 'time', 'never predicted'],
        rows: analysis.groups.flatMap(({ arms }, group) =>
          arms.flatMap(({ seeds }, arm) =>
            seeds.map((result, index) => {
              const { run, state, step, accuracy, interval, seconds, neverPredicted, reason } = result;
              const path = `groups.${group}.arms.${arm}.seeds.${index}`;
              return [
                { text: run },
                { text: reason === undefined ? state : `${state}: ${reason}` },
                numberCell(step, `${path}.step`, (value) => value.toLocaleString('en')),
                numberCell(accuracy, `${path}.accuracy`, (value) => percent(value)),
                intervalCell(interval, (value) => percent(value)),
                { text: seconds === 0 ? '–' : duration(seconds) },
                { text: neverPredicted === null ? 'not recorded' : neverPredicted.join(', ') || 'none' },
              ];
            }),
          ),
        ),
      },
    ],
  };
}
