import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';

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
 * Draws a plot as the text of an `<svg>` with a role and a name for screen readers.
 *
 * Plot itself sets no role, and omits a line's path when the line has an `ariaLabel`, so only the root gets a name.
 */
export function plotSvg(options: Plot.PlotOptions, name: string): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ ...frame, ...options, document });
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', name);
  return svg.outerHTML;
}

/** Plot has no automatic margins: these leave room for labels such as `100 %` and `40,000`. */
const frame: Plot.PlotOptions = {
  width: 640,
  height: 360,
  marginLeft: 56,
  marginRight: 112,
  marginBottom: 40,
  marginTop: 28,
};
