/** A table cell: its text, and the number of the analysis that it shows. */
export type Cell = {
  readonly text: string;
  /** The number, not rounded. */
  readonly value?: number;
  /** The number's path in the analysis (`results.json`): `groups.0.arms.1.accuracy.mean`. */
  readonly path?: string;
  /** The mark of a verdict's style; the text states the verdict too. */
  readonly mark?: 'supported' | 'contradicted' | 'undecided';
};

/** A table; the first column names its rows. */
export type Table = {
  readonly kind: 'table';
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
};

/** A figure: an SVG, its description, and a table of its numbers. */
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

/** A part of a report with a heading. */
export type Section = { readonly id: string; readonly heading: string; readonly blocks: readonly Block[] };

/** A report's content, independent of HTML and Markdown. */
export type ReportDocument = {
  readonly title: string;
  readonly summary: string;
  readonly sections: readonly Section[];
};
