import type { StepTimeRatio } from '@normlab/experiments';
import * as Plot from '@observablehq/plot';
import type { Figure } from '../document.js';
import { labelMargin, plotSvg, seriesLook } from './plotSvg.js';

/** The step time of each network with constant batch norm over that with batch norm: a dot per round, median, interval. */
export function stepTimeFigure(ratios: readonly StepTimeRatio[]): Figure {
  const title = 'Step time over that of batch norm (Figure 7)';
  const rows = ratios.map((each, index) => ({ ...each, index, name: `${each.network}: ${each.arm}` }));
  const description = rows
    .map(({ name, ratio, n }) => `${name} ${factor(ratio)} over ${n} rounds`)
    .join('; ');
  const names = rows.map(({ name }) => name);
  const svg = plotSvg(
    {
      height: 70 + 44 * rows.length,
      marginLeft: labelMargin(names, 120),
      marginRight: 24,
      x: { label: 'step time, batch norm = 1', nice: true, grid: true, ticks: 5 },
      y: { label: null, domain: names },
      marks: [
        Plot.ruleX([1], { strokeDasharray: '2 3' }),
        ...rows.flatMap(({ name, index, ratio, interval, logRatios }) => {
          const { stroke } = seriesLook(index);
          const rounds = logRatios.map((each) => ({ name, ratio: Math.exp(each) }));
          return [
            Plot.dot(rounds, { x: 'ratio', y: 'name', stroke, fill: 'none', r: 2.5, strokeOpacity: 0.5 }),
            ...(interval === null
              ? []
              : [
                  Plot.ruleY([{ name, low: interval[0], high: interval[1] }], {
                    ...{ y: 'name', x1: 'low', x2: 'high' },
                    ...{ stroke, strokeWidth: 3 },
                  }),
                ]),
            Plot.tickX([{ name, ratio }], { x: 'ratio', y: 'name', stroke, strokeWidth: 3, inset: 9 }),
          ];
        }),
      ],
    },
    `${title}. ${description}.`,
  );
  return {
    kind: 'figure',
    id: 'step-time-ratios',
    title,
    description: `One circle per round; the thick mark is the median, the thick line its 95 % interval. ${description}.`,
    svg,
    numbers: {
      kind: 'table',
      caption: 'The numbers of this figure',
      header: ['network', 'placement', 'round', 'ratio'],
      rows: rows.flatMap(({ network, arm, logRatios }) =>
        logRatios.map((each, round) => [
          { text: network },
          { text: arm },
          { text: String(round + 1) },
          { text: Math.exp(each).toFixed(3) },
        ]),
      ),
    },
  };
}

/** `×1.004` */
export function factor(ratio: number): string {
  return `×${ratio.toFixed(3)}`;
}
