import type { Section } from '../document.js';
import { groupTitle, type ReportInput } from '../reportDetails.js';

/**
 * Median time per step of each arm's runs.
 *
 * Only an indication: runs that share a machine slow each other down. The claim about step time needs interleaved
 * timings.
 */
export function timeSection({ analysis }: ReportInput): Section | undefined {
  const rows = analysis.groups.flatMap((group) =>
    group.arms.flatMap(({ name, seeds }) => {
      const times = seeds.flatMap(({ secondsPerStep }) => secondsPerStep ?? []).sort((a, b) => a - b);
      if (times.length === 0) return [];
      const shown = [times[Math.floor((times.length - 1) / 2)]!, times[0]!, times.at(-1)!];
      return [
        [
          { text: name },
          { text: groupTitle(group) },
          { text: String(times.length) },
          ...shown.map((seconds) => ({ text: (1000 * seconds).toFixed(1) })),
        ],
      ];
    }),
  );
  if (rows.length === 0) return undefined;
  return {
    id: 'step-times',
    heading: 'Step times',
    blocks: [
      {
        kind: 'text',
        text: 'Runs that share a machine slow each other down, so these times cannot compare arms; interleaved timings can.',
      },
      {
        kind: 'table',
        caption:
          'Milliseconds per training step: the median run’s median step, and the fastest and slowest run’s',
        header: ['arm', 'where', 'runs', 'median', 'fastest', 'slowest'],
        rows,
      },
    ],
  };
}
