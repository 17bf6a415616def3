/** A figure of a table: what people read, and the number in `results.json` that it stands for. */
export type Cell = {
  readonly text: string;
  /** The number itself. */
  readonly value?: number;
  /** Where `results.json` has it: `groups.0.arms.1.accuracy.mean`. */
  readonly path?: string;
  /** How a verdict is marked; the text says it too. */
  readonly mark?: 'supported' | 'contradicted' | 'undecided';
};

/** A table; the first column names its rows. */
export type Table = {
  readonly kind: 'table';
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

/** A figure: an SVG, its description for those who do not see it, and its numbers as a table. */
export type Figure = {
  readonly kind: 'figure';
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly svg: string;
  readonly numbers: Table;
};

export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'code'; readonly text: string }
  | Table
  | Figure;

/** A part of a report under a heading. */
export type Section = { readonly id: string; readonly heading: string; readonly blocks: readonly Block[] };

/** A report before it is HTML or Markdown. */
export type ReportDocument = {
  readonly title: string;
  readonly summary: string;
  readonly sections: readonly Section[];
};

/** A cell of plain text. */
export function textCell(text: string): Cell {
  return { text };
}
