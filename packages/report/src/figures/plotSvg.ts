import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

/** Series of a figure by their order: a colour of the page's style and a dash pattern, so that colour is not all. */
export function seriesLook(index: number): { readonly stroke: string; readonly strokeDasharray: string } {
  return {
    stroke: `var(--series-${(index % seriesCount) + 1})`,
    strokeDasharray: dashes[index % dashes.length]!,
  };
}

export const seriesCount = 7;

const dashes = ['none', '7 3', '2 3', '9 3 2 3', '12 4', '4 2', '1 2'] as const;

/**
 * Draws a plot as the text of an `<svg>` with a role and a name.
 *
 * Plot writes no role, and with an `ariaLabel` on a line it would drop its path: the name stands on the root alone.
 */
export function plotSvg(options: Plot.PlotOptions, name: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...frame, ...options, document });
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  return svg.outerHTML;
}

/** No automatic margins in Plot: room for labels such as `100 %` and `40,000`. */
const frame: Plot.PlotOptions = {
  width: 640,
  height: 360,
  marginLeft: 56,
  marginRight: 112,
  marginBottom: 40,
  marginTop: 28,
};
