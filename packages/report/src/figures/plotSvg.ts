import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml } from '../html/escapeHtml.js';

/** The look of a figure's series: a colour of the page's style, and a dash pattern for readers who see no colours. */
export function seriesLook(index: number): { readonly stroke: string; readonly strokeDasharray: string } {
  return {
    stroke: `var(--series-${(index % seriesCount) + 1})`,
    strokeDasharray: dashes[index % dashes.length]!,
  };
}

export const seriesCount = 7;

const dashes = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2', '1 2'] as const;

/**
 * Draws a plot as the text of an `<svg>` with a role and a name for screen readers. Margins wider than usual make the
 * figure wider, not its plot narrower.
 *
 * Plot itself sets no role, and omits a line's path when the line has an `ariaLabel`, so only the root gets a name. The
 * text is both HTML and XML: linkedom would leave `&` and `<` in attributes, which a figure of its own must not have.
 */
export function plotSvg(options: Plot.PlotOptions, name: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const { marginLeft = frame.marginLeft, marginRight = frame.marginRight } = options;
  const width =
    frame.width + Math.max(0, marginLeft - mostLeft) + Math.max(0, marginRight - frame.marginRight);
  const svg = Plot.plot({ ...frame, width, ...options, document }).outerHTML;
  // A function, as a name may hold `$&`.
  return svg.replace('<svg', () => `<svg role="img" aria-label="${escapeHtml(name)}"`);
}

/** A margin for labels of 10 pixels, Plot's font size: none of a page's usual fonts is wider on average. */
export function labelMargin(labels: readonly string[], least: number): number {
  return Math.max(least, 12 + Math.ceil(6.2 * Math.max(...labels.map(({ length }) => length))));
}

/** Plot has no automatic margins: these leave room for labels such as `100 %` and `40,000`. */
const frame = {
  width: 640,
  height: 360,
  marginLeft: 56,
  marginRight: 112,
  marginBottom: 40,
  marginTop: 28,
} satisfies Plot.PlotOptions;

/** The widest left margin within the usual width. */
const mostLeft = 120;
