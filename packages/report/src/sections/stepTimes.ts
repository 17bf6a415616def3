import type { Block, Section } from '../document.js';
import { factor, stepTimeFigure } from '../figures/stepTimeRatios.js';
import { intervalCell, numberCell } from '../format.js';
import { groupTitle, type ReportInput } from '../reportDetails.js';

/** Step times: the interleaved timings, if there are any, and those of the runs. */
export function timeSection(input: ReportInput): Section | undefined {
  const blocks = [...interleavedTimes(input), ...timesOfRuns(input)];
  return blocks.length === 0 ? undefined : { id: 'step-times', heading: 'Step times', blocks };
}

function interleavedTimes({ analysis: { stepTimes = [] } }: ReportInput): Block[] {
  if (stepTimes.length === 0) return [];
  const milliseconds = (seconds: number) => (1000 * seconds).toFixed(1);
  return [
    stepTimeFigure(stepTimes),
    {
      kind: 'table',
      caption:
        'Placements timed in turns on the same kernels: medians in milliseconds per step, and the ratio’s median over the rounds with its exact interval',
      header: ['network', 'placement', 'rounds', 'ms', 'ms of batch norm', 'ratio', '95 % interval'],
      rows: stepTimes.map((each, index) => {
        const path = (key: keyof typeof each) => `stepTimes.${index}.${key}`;
        return [
          { text: each.network },
          { text: each.arm },
          { text: String(each.n) },
          numberCell(each.seconds, path('seconds'), milliseconds),
          numberCell(each.referenceSeconds, path('referenceSeconds'), milliseconds),
          numberCell(each.ratio, path('ratio'), factor),
          intervalCell(each.interval, factor),
        ];
      }),
    },
  ];
}

/** Only an indication: runs that share a machine slow each other down. The claim needs interleaved timings. */
function timesOfRuns({ analysis }: ReportInput): Block[] {
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
  if (rows.length === 0) return [];
  return [
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
  ];
}
