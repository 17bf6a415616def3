import type { Block, Table } from './document.js';
import type { ReportInput } from './reportDetails.js';
import { reportDocument } from './reportDocument.js';

/**
 * A report as Markdown for a README: verdicts, tables and how to run the experiment again. Figures are given as their
 * descriptions, since Markdown shows no inline SVG.
 */
export function renderMarkdown(input: ReportInput): string {
  const { title, summary, sections } = reportDocument(input);
  const parts = sections.flatMap(({ heading, blocks }) => [`## ${heading}`, ...blocks.map(blockMarkdown)]);
  return `${[`# ${escapeMarkdown(title)}`, summary, ...parts].join('\n\n')}\n`;
}

function blockMarkdown(block: Block): string {
  switch (block.kind) {
    case 'text':
      return escapeMarkdown(block.text);
    case 'list':
      return block.items.map((item) => `- ${escapeMarkdown(item)}`).join('\n');
    case 'code':
      return `\`\`\`\n${block.text}\n\`\`\``;
    case 'table':
      return tableMarkdown(block);
    case 'figure':
      return `**${escapeMarkdown(block.title)}.** ${escapeMarkdown(block.description)}`;
  }
}

function tableMarkdown({ caption, header, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(' | ')} |`;
  return [
    `${escapeMarkdown(caption)}.`,
    '',
    line(header),
    `|${header.map(() => '---|').join('')}`,
    ...rows.map((row) => line(row.map(({ text }) => text))),
  ].join('\n');
}

/** Escapes what Markdown would read as markup: `_` and `*` in names, bars in tables, tags. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_|<>[\]]/g, (character) => `\\${character}`).replace(/\n/g, ' ');
}
