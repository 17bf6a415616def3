import type { Histogram, Recording } from '@normlab/experiments';
import * as Plot from '@observablehq/plot';
import type { Figure, Table } from '../document.js';
import { fixed, withMinus } from '../format.js';
import { labelMargin, plotSvg, seriesLook } from './plotSvg.js';
import { spreadLabels } from './spreadLabels.js';

/** Recordings of one run. */
export type RunRecordings = { readonly run: string; readonly lines: readonly Recording[] };

type NormLine = Extract<Recording, { type: 'norm' }>;
type OutputLine = Extract<Recording, { type: 'output' }>;
type WeightLine = Extract<Recording, { type: 'weights' }>;

/** The figures of a run's recordings: gains and biases by step, layer outputs, weights and gradients. */
export function recordingFigures({ run, lines }: RunRecordings): Figure[] {
  const norms = lines.filter((line) => line.type === 'norm');
  const outputs = lines.filter((line) => line.type === 'output');
  const weights = lines.filter((line) => line.type === 'weights');
  return [
    ...[...groupedBy(norms, ({ layer, variable }) => `${layer} ${variable}`)].map(([name, group]) =>
      ridgelineFigure(run, name, group),
    ),
    ...thinned([...groupedBy(outputs, ({ layer }) => layer)], mostLayers).map(([layer, group]) =>
      outputFigure(run, layer, group),
    ),
    ...(weights.length > 0 ? weightFigures(run, weights) : []),
  ];
}

/** Layers that have a figure of their own, or a line in one: those of ALL-CNN. Of deeper networks they are chosen evenly. */
const mostLayers = 9;

/** Histograms of one variable as a ridgeline plot, one ridge per recorded step (Figures 1 and 2). */
function ridgelineFigure(run: string, name: string, lines: readonly NormLine[]): Figure {
  const shown = thinned(lines, 14);
  const { step, min, max, drift } = lines.at(-1)!;
  const title = `${run}: ${name} by step (Figures 1 and 2)`;
  const description = `After step ${step.toLocaleString('en')} from ${fixed(min, 3)} to ${fixed(max, 3)}, drift ${fixed(drift, 3)}.`;
  const marks = shown.flatMap((line, index) => {
    const highest = Math.max(...line.counts, 1);
    const ridge = pointsOf(line).map(({ x, y }) => ({ x, y: index + (1.6 * y) / highest }));
    const { stroke } = seriesLook(0);
    return [
      Plot.areaY(ridge, { x: 'x', y1: index, y2: 'y', fill: stroke, fillOpacity: 0.25, curve: 'step' }),
      Plot.lineY(ridge, { x: 'x', y: 'y', stroke, strokeWidth: 1, curve: 'step' }),
    ];
  });
  const svg = plotSvg(
    {
      height: 60 + 22 * (shown.length + 2),
      marginRight: 24,
      x: { label: name, nice: true },
      y: {
        label: 'step',
        ticks: shown.map((_, index) => index),
        tickFormat: (index: number) => shown[index]?.step.toLocaleString('en') ?? '',
      },
      marks: marks.reverse(),
    },
    `${title}. ${description}`,
  );
  return {
    kind: 'figure',
    id: idOf('ridge', run, name),
    title,
    description,
    svg,
    numbers: numbersTable(
      ['step', 'least', 'greatest', 'drift'],
      lines.map((line) => [line.step, line.min, line.max, line.drift]),
    ),
  };
}

/**
 * The last histogram of a layer's output and the normal density with its mean and standard deviation (Figure 3); the
 * numbers of every recorded step.
 */
function outputFigure(run: string, layer: string, lines: readonly OutputLine[]): Figure {
  const line = lines.at(-1)!;
  const { mean, sd, skew, excessKurtosis, ks, step } = line;
  const title = `${run}: output of ${layer} after step ${step.toLocaleString('en')} (Figure 3)`;
  const description = `Mean ${fixed(mean, 3)}, standard deviation ${fixed(sd, 3)}, skew ${fixed(skew, 2)}, excess kurtosis ${fixed(excessKurtosis, 2)}, Kolmogorov–Smirnov distance to the normal ${fixed(ks, 3)}.`;
  const total = line.counts.reduce((sum, count) => sum + count, 0);
  const bars = line.counts.map((count, index) => {
    const [low, high] = [line.edges[index]!, line.edges[index + 1]!];
    return { low, high, density: count / total / (high - low) };
  });
  const [from, to] = [line.edges[0]!, line.edges.at(-1)!];
  const normal = Array.from({ length: 121 }, (_, index) => {
    const x = from + ((to - from) * index) / 120;
    return { x, y: Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI)) };
  });
  const svg = plotSvg(
    {
      height: 260,
      marginRight: 24,
      x: { label: `output of ${layer}`, nice: true },
      y: { label: 'density', grid: true },
      marks: [
        Plot.rectY(bars, {
          x1: 'low',
          x2: 'high',
          y: 'density',
          fill: seriesLook(0).stroke,
          fillOpacity: 0.4,
        }),
        Plot.lineY(normal, { x: 'x', y: 'y', ...seriesLook(1), strokeWidth: 1.5 }),
      ],
    },
    `${title}. ${description}`,
  );
  const numbers = numbersTable(
    ['step', 'mean', 'sd', 'skew', 'excess kurtosis', 'distance to normal'],
    lines.map((each) => [each.step, each.mean, each.sd, each.skew, each.excessKurtosis, each.ks]),
  );
  return { kind: 'figure', id: idOf('output', run, layer), title, description, svg, numbers };
}

/**
 * ‖W‖, ‖g‖, the angle of a step and the effective learning rate by step, one line per filter (laws 10 to 13).
 */
function weightFigures(run: string, recorded: readonly WeightLine[]): Figure[] {
  const kernels = thinned([...groupedBy(recorded, ({ kernel }) => kernel)], mostLayers).map(
    ([kernel, all]) => [kernel, thinned(all, mostSteps)] as const,
  );
  const kinds = [
    { key: 'norm', label: '‖W‖' },
    { key: 'gradient', label: '‖g‖' },
    { key: 'angle', label: 'angle of a step, radians' },
    { key: 'effectiveRate', label: 'effective learning rate η/‖W‖²' },
  ] as const;
  return kinds.map(({ key, label }) => {
    const title = `${run}: ${label} by step`;
    const description = kernels
      .map(([kernel, all]) => `${kernel} ends at ${all.at(-1)![key].toPrecision(3)}`)
      .join('; ');
    const lines = kernels
      .map(([kernel, all], index) => ({ kernel, index, points: all.filter((line) => line[key] > 0) }))
      .filter(({ points }) => points.length > 0);
    const values = lines.flatMap(({ points }) => points.map((line) => Math.log(line[key])));
    const [low, high] = [Math.min(...values), Math.max(...values) + 1e-6];
    const labels = spreadLabels(
      lines,
      ({ points }) => ((high - Math.log(points.at(-1)![key])) / (high - low)) * (weightHeight - 68),
    );
    const svg = plotSvg(
      {
        height: weightHeight,
        marginRight: labelMargin(
          lines.map(({ kernel }) => kernel),
          112,
        ),
        x: { label: 'step' },
        y: {
          label,
          type: 'log',
          grid: true,
          domain: [Math.exp(low), Math.exp(high)],
          tickFormat: (value: number) => String(Number(value.toPrecision(2))),
        },
        marks: [
          ...lines.map(({ points, index }) =>
            Plot.lineY(points, { x: 'step', y: key, ...seriesLook(index), strokeWidth: 1.4 }),
          ),
          ...labels.map(({ row: { kernel, index, points }, dy }) =>
            Plot.text(points.slice(-1), {
              x: 'step',
              y: key,
              text: () => kernel,
              fill: seriesLook(index).stroke,
              textAnchor: 'start',
              dx: 6,
              dy,
            }),
          ),
        ],
      },
      `${title}. ${description}.`,
    );
    const numbers = numbersTable(
      ['kernel', 'step', label],
      kernels.flatMap(([, all]) => all.map((line) => [line.kernel, line.step, line[key]])),
    );
    return {
      kind: 'figure',
      id: idOf(key, run, 'weights'),
      title,
      description: `${description}.`,
      svg,
      numbers,
    };
  });
}

/** Points of a line: more could not be told apart, and a run may have recorded thousands. */
const mostSteps = 150;

/** Height in pixels, 68 of which are margins. */
const weightHeight = 300;

/** A histogram as a step curve that begins and ends at 0. */
function pointsOf({ edges, counts }: Histogram): { x: number; y: number }[] {
  const inner = counts.map((count, index) => ({ x: (edges[index]! + edges[index + 1]!) / 2, y: count }));
  return [{ x: edges[0]!, y: 0 }, ...inner, { x: edges.at(-1)!, y: 0 }];
}

/** At most `most` of the lines, evenly spaced, always with the last one. */
function thinned<Line>(lines: readonly Line[], most: number): Line[] {
  if (lines.length <= most) return [...lines];
  return Array.from(
    { length: most },
    (_, index) => lines[Math.round((index * (lines.length - 1)) / (most - 1))]!,
  );
}

function groupedBy<Line>(lines: readonly Line[], keyOf: (line: Line) => string): Map<string, Line[]> {
  const groups = new Map<string, Line[]>();
  for (const line of lines) {
    const group = groups.get(keyOf(line));
    if (group === undefined) groups.set(keyOf(line), [line]);
    else group.push(line);
  }
  return groups;
}

function idOf(kind: string, run: string, name: string): string {
  return [kind, run, name].join('-').replace(/[^A-Za-z0-9]+/g, '-');
}

function numbersTable(header: readonly string[], rows: readonly (readonly (string | number)[])[]): Table {
  return {
    kind: 'table',
    caption: 'The numbers of this figure',
    header,
    rows: rows.map((row) =>
      row.map((value) => ({
        text:
          typeof value === 'string'
            ? value
            : withMinus(Number(value.toPrecision(5)).toLocaleString('en', { maximumFractionDigits: 6 })),
      })),
    ),
  };
}
