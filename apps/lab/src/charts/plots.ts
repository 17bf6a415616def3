import * as Plot from '@observablehq/plot';
import type { Learned } from '../worker/measure.js';
import type { ScaledKernel } from '../worker/scaleKernel.js';
import type { Draw } from './chart.js';

/** A value at a step, of a named series. */
export type Point = { readonly step: number; readonly value: number; readonly series: string };

const colors = ['var(--first)', 'var(--second)', 'var(--third)', 'var(--fourth)'];
const height = 220;
const common = {
  height,
  marginLeft: 60,
  marginBottom: 44,
  style: { background: 'transparent', fontSize: '0.75rem' },
};
/** Labels of axes stand below their numbers. */
const below = { labelAnchor: 'center', labelOffset: 38 } as const;

/** Lines over the steps, one for each series. */
export function lines(points: readonly Point[], { y, log = false }: { y: string; log?: boolean }): Draw {
  if (points.length === 0) return () => note('No step yet.');
  const series = [...new Set(points.map((point) => point.series))];
  return (width) =>
    Plot.plot({
      ...common,
      width,
      x: { label: 'step', ...below, tickFormat: whole },
      y: { label: y, grid: true, tickFormat: short, ...(log && { type: 'log', ticks: 4 }) },
      color: { domain: series, range: colorsFor(series.length), legend: series.length > 1 },
      marks: [
        Plot.lineY(points, { x: 'step', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
        Plot.dot(lastOf(points), { x: 'step', y: 'value', fill: 'series', r: 3 }),
      ],
    });
}

/** Loss and gradient of BN(aWu) at the factors a, each divided by its value at a = 1, beside 1 and 1/a. */
export function scaled(points: readonly ScaledKernel[], at: ScaledKernel, still: ScaledKernel): Draw {
  const [lossName, gradientName] = ['L(aW) / L(W)', '‖∂L/∂(aW)‖ / ‖∂L/∂W‖'];
  const relative = ({ a, loss, gradientNorm }: ScaledKernel) => [
    { a, value: loss / still.loss, series: lossName },
    { a, value: gradientNorm / still.gradientNorm, series: gradientName },
  ];
  const law = points.flatMap(({ a }) => [
    { a, value: 1, line: '1' },
    { a, value: 1 / a, line: '1/a' },
  ]);
  return (width) =>
    Plot.plot({
      ...common,
      width,
      x: { type: 'log', base: 2, label: 'a', ...below, tickFormat: short },
      y: { type: 'log', label: 'relative to a = 1', grid: true, ticks: 4, tickFormat: short },
      color: { domain: [lossName, gradientName], range: colors.slice(0, 2), legend: true },
      marks: [
        Plot.lineY(law, { x: 'a', y: 'value', z: 'line', stroke: 'var(--faint)', strokeDasharray: '4 4' }),
        Plot.dot(points.flatMap(relative), { x: 'a', y: 'value', stroke: 'series', r: 3 }),
        Plot.dot(relative(at), { x: 'a', y: 'value', fill: 'series', r: 6 }),
      ],
    });
}

/** Histograms of gains or biases: all values of the network together. */
export function histogram(learned: readonly Learned[], label: string, still: number): Draw {
  const values = learned.flatMap(({ values }) => [...values]);
  const domain: [number, number] = [Math.min(still - 0.1, ...values), Math.max(still + 0.1, ...values)];
  return (width) =>
    Plot.plot({
      ...common,
      width,
      x: { label, domain, ...below },
      y: { label: 'channels', grid: true },
      marks: [
        Plot.rectY(values, {
          ...Plot.binX({ y: 'count' }, { x: Plot.identity, domain, thresholds: 30 }),
          fill: 'var(--first)',
        }),
        Plot.ruleX([still], { stroke: 'var(--second)', strokeDasharray: '4 4' }),
        Plot.ruleY([0]),
      ],
    });
}

/** Bars of the likeliest classes. */
export function bars(guesses: readonly { readonly name: string; readonly probability: number }[]): Draw {
  return (width) =>
    Plot.plot({
      ...common,
      height: 60 + 28 * guesses.length,
      marginLeft: 80,
      width,
      x: { label: 'probability', domain: [0, 1], ...below },
      y: { label: null, domain: guesses.map(({ name }) => name) },
      marks: [Plot.barX(guesses, { x: 'probability', y: 'name', fill: 'var(--first)' }), Plot.ruleX([0])],
    });
}

/** What stands in the place of a chart that has nothing to show. */
export function note(text: string): Element {
  const paragraph = document.createElement('p');
  paragraph.textContent = text;
  return paragraph;
}

/** A step; nothing between two of them. */
function whole(value: number): string {
  return Number.isInteger(value) ? String(value) : '';
}

/** A number in few characters: 0.01, 1000, 1e-5. */
function short(value: number): string {
  const size = Math.abs(value);
  return size === 0 || (size >= 0.001 && size < 10_000)
    ? String(Number(value.toPrecision(4)))
    : value.toExponential(0);
}

function colorsFor(count: number): string[] {
  return Array.from({ length: count }, (_, index) => colors[index % colors.length]!);
}

function lastOf(points: readonly Point[]): Point[] {
  return [...new Map(points.map((point) => [point.series, point])).values()];
}
