import type { GroupResult } from '@normlab/experiments';
import * as Plot from '@observablehq/plot';
import type { Figure } from '../document.js';
import { percent, percentTick } from '../format.js';
import { groupTitle } from '../reportDetails.js';
import { labelMargin, plotSvg, seriesLook } from './plotSvg.js';

/** Final test accuracy: a dot per run, and each arm's mean and 95 % confidence interval. */
export function accuracyFigure(group: GroupResult): Figure | undefined {
  const arms = group.arms
    .map((arm, index) => ({ ...arm, index }))
    .flatMap(({ name, index, accuracy, seeds }) =>
      accuracy === null ? [] : [{ name, index, accuracy, seeds }],
    );
  if (arms.length === 0) return undefined;
  const title = `${groupTitle(group)}: test accuracy after the last step`;
  const description = arms
    .map(
      ({ name, accuracy }) =>
        `${name} ${percent(accuracy.mean)} over ${accuracy.n} ${accuracy.n === 1 ? 'seed' : 'seeds'}`,
    )
    .join('; ');
  const names = arms.map(({ name }) => name);
  const svg = plotSvg(
    {
      height: 70 + 44 * arms.length,
      marginLeft: labelMargin(names, 120),
      marginRight: 24,
      x: {
        label: 'test accuracy',
        nice: true,
        grid: true,
        tickFormat: percentTick,
        ticks: 5,
      },
      y: { label: null, domain: names },
      marks: arms.flatMap(({ name, index, accuracy, seeds }) => {
        const { stroke } = seriesLook(index);
        const done = seeds.flatMap((seed) =>
          seed.accuracy === null ? [] : [{ name, accuracy: seed.accuracy }],
        );
        return [
          ...(accuracy.interval === null
            ? []
            : [
                Plot.ruleY([{ name, low: accuracy.interval[0], high: accuracy.interval[1] }], {
                  y: 'name',
                  x1: 'low',
                  x2: 'high',
                  stroke,
                  strokeWidth: 1.5,
                }),
              ]),
          Plot.dot(done, { x: 'accuracy', y: 'name', stroke, fill: 'none', r: 3.5 }),
          Plot.tickX([{ name, mean: accuracy.mean }], {
            x: 'mean',
            y: 'name',
            stroke,
            strokeWidth: 3,
            inset: 9,
          }),
        ];
      }),
    },
    `${title}. ${description}.`,
  );
  return {
    kind: 'figure',
    id: `accuracy-${group.name.replace(/[^A-Za-z0-9]+/g, '-')}`,
    title,
    description: `One circle per seed; the thick mark is the mean, the line its 95 % interval. ${description}.`,
    svg,
    numbers: {
      kind: 'table',
      caption: 'The numbers of this figure',
      header: ['arm', 'seed', 'test accuracy'],
      rows: arms.flatMap(({ name, seeds }) =>
        seeds.flatMap(({ seed, accuracy }) =>
          accuracy === null ? [] : [[{ text: name }, { text: String(seed) }, { text: percent(accuracy) }]],
        ),
      ),
    },
  };
}
