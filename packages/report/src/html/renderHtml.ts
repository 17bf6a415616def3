import type { Block, Cell, Figure, Section, Table } from '../document.js';
import type { ReportInput } from '../reportDetails.js';
import { reportDocument } from '../reportDocument.js';
import { escapeHtml, escapeJson } from './escapeHtml.js';
import { style } from './style.js';

/**
 * A report as one self-contained HTML file: no script that runs, no request; for light and dark mode and for print.
 *
 * It contains the analysis as JSON (`#results`). Every number in a table that comes from the analysis is a `<data>`
 * element with the number's path in that JSON.
 *
 * @example
 * ```ts
 * await writeFile('report.html', renderHtml({ analysis, logs }));
 * ```
 */
export function renderHtml(input: ReportInput): string {
  const { title, summary, sections } = reportDocument(input);
  const links = sections.map(({ id, heading }) => `<li><a href="#${id}">${escapeHtml(heading)}</a></li>`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<a class="skip" href="#verdicts">Skip to the verdicts</a>
<header><h1>${escapeHtml(title)}</h1><p>${escapeHtml(summary)}</p>
<nav aria-label="Sections"><ul>${links.join('')}</ul></nav></header>
<main>
${sections.map(sectionHtml).join('\n')}
</main>
<script type="application/json" id="results">${escapeJson(input.analysis)}</script>
</body>
</html>
`;
}

function sectionHtml({ id, heading, blocks }: Section): string {
  return `<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${escapeHtml(heading)}</h2>
${blocks.map(blockHtml).join('\n')}
</section>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${escapeHtml(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('')}</ul>`;
    case 'code':
      return `<pre tabindex="0"><code>${escapeHtml(block.text)}</code></pre>`;
    case 'table':
      return tableHtml(block);
    case 'figure':
      return figureHtml(block);
  }
}

/** A table in a region that scrolls by itself and can be focused with the keyboard. */
function tableHtml({ caption, header, rows }: Table): string {
  const head = header.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('');
  const body = rows.map(
    ([first, ...cells]) =>
      `<tr><th scope="row">${cellHtml(first!)}</th>${cells.map((cell) => `<td${classOf(cell)}>${cellHtml(cell)}</td>`).join('')}</tr>`,
  );
  return `<div class="scroll" role="region" aria-label="${escapeHtml(caption)}" tabindex="0"><table><caption>${escapeHtml(caption)}</caption>
<thead><tr>${head}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`;
}

function classOf({ text }: Cell): string {
  if (text.length > 60) return ' class="long"';
  return /^[−+×<]?\s?[\d.,]+( %)?( to [−+×]?[\d.,]+( %)?)?$|^–$/.test(text) ? ' class="number"' : '';
}

function cellHtml({ text, value, path, mark }: Cell): string {
  if (mark !== undefined) return `<span class="mark ${mark}">${escapeHtml(text)}</span>`;
  if (value === undefined || path === undefined) return escapeHtml(text);
  return `<data value="${value}" data-path="${escapeHtml(path)}">${escapeHtml(text)}</data>`;
}

function figureHtml({ id, title, description, svg, numbers }: Figure): string {
  return `<figure id="${escapeHtml(id)}" aria-labelledby="${escapeHtml(id)}-title">
<figcaption><strong id="${escapeHtml(id)}-title">${escapeHtml(title)}</strong><br>${escapeHtml(description)}</figcaption>
<div class="scroll" role="region" aria-label="${escapeHtml(title)}" tabindex="0">${svg}</div>
<details><summary>The numbers</summary>${tableHtml({ ...numbers, caption: `${title}: ${numbers.caption.toLowerCase()}` })}</details>
</figure>`;
}
