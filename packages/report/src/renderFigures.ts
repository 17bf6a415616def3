import { colors } from './html/style.js';
import type { ReportInput } from './reportDetails.js';
import { reportDocument } from './reportDocument.js';

/** A figure as a file of its own. */
export type FigureFile = {
  /** Letters, digits, dots and hyphens; unique in the report. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** A whole SVG document, with the colours of light and dark pages in it. */
  readonly svg: string;
};

/**
 * The figures of a report as SVG documents, for a README or a paper.
 *
 * @example
 * ```ts
 * for (const { id, svg } of renderFigures({ analysis, logs })) await writeFile(`${id}.svg`, svg);
 * ```
 */
export function renderFigures(input: ReportInput): FigureFile[] {
  return reportDocument(input).sections.flatMap(({ blocks }) =>
    blocks.flatMap((block) =>
      block.kind === 'figure'
        ? [
            {
              id: block.id,
              title: block.title,
              description: block.description,
              svg: standalone(block.svg),
            },
          ]
        : [],
    ),
  );
}

/** A browser shows an SVG file only with its namespace; the style stands last, so that it wins over Plot's own. */
function standalone(svg: string): string {
  const open = svg.indexOf('>');
  const style = `<style>${colors}svg{color:var(--ink);background:var(--page);--plot-background:var(--page)}</style>`;
  return `${svg.slice(0, open)} xmlns="http://www.w3.org/2000/svg"${svg.slice(open, svg.lastIndexOf('</svg>'))}${style}</svg>\n`;
}
