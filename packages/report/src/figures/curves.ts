import type { ArmResult, CurvePoint, GroupResult, RunLog } from '@normlab/experiments';
import * as Plot from '@observablehq/plot';
import type { Figure } from '../document.js';
import { percent, percentTick } from '../format.js';
import { groupTitle, logsOf, type ReportInput } from '../reportDetails.js';
import { labelMargin, plotSvg, seriesLook } from './plotSvg.js';
import { spreadLabels } from './spreadLabels.js';

/** The quantities that a figure of curves shows. */
export type CurveKind = {
  readonly id: string;
  readonly title: string;
  readonly what: string;
  readonly pointsOf: (log: RunLog) => readonly CurvePoint[];
  readonly y: 'loss' | 'accuracy';
  /** Steps, or the elapsed training time. */
  readonly x: 'step' | 'seconds';
  /** A value that an arm's curve cannot pass, drawn as a level line; null for an arm without such a value. */
  readonly floorOf?: (arm: ArmResult) => number | null;
};

/** The curves of the paper's Figures 4 to 7: against steps and against time. */
export const curveKinds: readonly CurveKind[] = [
  {
    id: 'test-accuracy',
    title: 'Test accuracy against steps (Figures 4 to 6)',
    what: 'test accuracy',
    pointsOf: ({ evaluations }) => evaluations,
    y: 'accuracy',
    x: 'step',
  },
  {
    id: 'training-loss',
    title: 'Training loss against steps (Figures 4 to 6)',
    what: 'mean training loss of each epoch',
    pointsOf: ({ epochs }) => epochs,
    y: 'loss',
    x: 'step',
    floorOf: ({ lossFloor }) => lossFloor,
  },
  {
    id: 'test-accuracy-time',
    title: 'Test accuracy against training time (Figure 7)',
    what: 'test accuracy',
    pointsOf: ({ evaluations }) => evaluations,
    y: 'accuracy',
    x: 'seconds',
  },
];

/** One step of an arm's curve, over its seeds. */
type Row = {
  readonly arm: string;
  readonly n: number;
  readonly step: number;
  readonly x: number;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
};

/**
 * A group's curves: for each arm, the mean over seeds as a line and the range over seeds as a band, up to the last
 * point that all runs of the arm have. Undefined where no arm has a curve.
 */
export function curveFigure(input: ReportInput, group: GroupResult, kind: CurveKind): Figure | undefined {
  const arms = group.arms
    .map((arm, index) => ({
      name: arm.name,
      index,
      rows: rowsOf(arm.name, logsOf(input, group, arm.name), kind),
      floor: kind.floorOf?.(arm) ?? null,
    }))
    .filter(({ rows }) => rows.length > 0);
  if (arms.length === 0) return undefined;
  const title = `${groupTitle(group)}: ${kind.title}`;
  const unit = kind.x === 'step' ? 'step' : 'minutes of training';
  const show =
    kind.y === 'accuracy' ? (value: number) => percent(value) : (value: number) => value.toFixed(4);
  const description = `${kind.what} by ${unit}: mean over seeds as a line, lowest to highest seed as a band. ${arms
    .map(({ name, rows, floor }) => {
      const level = floor === null ? '' : ` above a floor of ${show(floor)} (law 19)`;
      return `${name} ends at ${show(rows.at(-1)!.mean)}${level}`;
    })
    .join('; ')}.`;
  const floors = arms.flatMap(({ rows, index, floor }) =>
    floor === null ? [] : [{ arm: 'floor', index, x: rows.at(-1)!.x, mean: floor }],
  );
  const last = [...arms.map(({ rows, index }) => ({ ...rows.at(-1)!, index })), ...floors];
  const range = rangeOf([
    ...arms.flatMap(({ rows }) => rows),
    ...floors.map(({ mean }) => ({ low: mean, high: mean })),
  ]);
  const svg = plotSvg(
    {
      marginRight: labelMargin(
        last.map(({ arm }) => arm),
        112,
      ),
      x: { label: unit, nice: true, ticks: 6 },
      y: {
        label: kind.what,
        grid: true,
        domain: range,
        ...(kind.y === 'accuracy' && { tickFormat: percentTick }),
      },
      marks: [
        ...arms.map(({ rows, index }) =>
          Plot.areaY(rows, {
            x: 'x',
            y1: 'low',
            y2: 'high',
            fill: seriesLook(index).stroke,
            fillOpacity: 0.15,
          }),
        ),
        ...arms.map(({ rows, index }) =>
          Plot.lineY(rows, { x: 'x', y: 'mean', ...seriesLook(index), strokeWidth: 1.8 }),
        ),
        ...floors.map(({ index, mean }) =>
          Plot.ruleY([mean], { stroke: seriesLook(index).stroke, strokeDasharray: '1 4', strokeWidth: 1.5 }),
        ),
        ...arms.map(({ rows, index }) =>
          Plot.dot(rows.length === 1 ? rows : [], { x: 'x', y: 'mean', fill: seriesLook(index).stroke }),
        ),
        ...spreadLabels(last, ({ mean }) => ((range[1] - mean) / (range[1] - range[0])) * plotHeight).map(
          ({ row, dy }) =>
            Plot.text([row], {
              x: 'x',
              y: 'mean',
              text: 'arm',
              fill: seriesLook(row.index).stroke,
              textAnchor: 'start',
              dx: 6,
              dy,
            }),
        ),
      ],
    },
    `${title}. ${description}`,
  );
  return {
    kind: 'figure',
    id: `${kind.id}-${group.name.replace(/[^A-Za-z0-9]+/g, '-')}`,
    title,
    description,
    svg,
    numbers: {
      kind: 'table',
      caption: 'The numbers of this figure',
      header: ['arm', 'step', 'seeds', 'mean', 'lowest', 'highest'],
      rows: arms.flatMap(({ rows }) =>
        rows.map((row) => [
          { text: row.arm },
          { text: row.step.toLocaleString('en') },
          { text: String(row.n) },
          ...[row.mean, row.low, row.high].map((value) => ({ text: show(value) })),
        ]),
      ),
    },
  };
}

function rowsOf(arm: string, logs: readonly RunLog[], { pointsOf, y, x }: CurveKind): Row[] {
  const curves = logs.map((log) => new Map(pointsOf(log).map((point) => [point.step, point])));
  const steps = [...(curves[0]?.keys() ?? [])].filter((step) => curves.every((curve) => curve.has(step)));
  return steps.map((step) => {
    const points = curves.map((curve) => curve.get(step)!);
    const values = points.map((point) => point[y]);
    const mean = (all: readonly number[]) => all.reduce((sum, each) => sum + each, 0) / all.length;
    return {
      arm,
      n: points.length,
      step,
      x: x === 'step' ? step : mean(points.map(({ seconds }) => seconds)) / 60,
      mean: mean(values),
      low: Math.min(...values),
      high: Math.max(...values),
    };
  });
}

function rangeOf(rows: readonly Pick<Row, 'low' | 'high'>[]): [low: number, high: number] {
  const low = Math.min(...rows.map((row) => row.low));
  const high = Math.max(...rows.map((row) => row.high));
  const room = 0.04 * (high - low) || 0.01;
  return [low - room, high + room];
}

/** Height of the plot area in pixels, from the lowest to the highest value. */
const plotHeight = 292;
