export type { Block, Cell, Figure, ReportDocument, Section, Table } from './document.js';
export { renderHtml } from './html/renderHtml.js';
export { type FigureFile, renderFigures } from './renderFigures.js';
export { renderMarkdown } from './renderMarkdown.js';
export type { ParameterRow, ReportInput } from './reportDetails.js';
export { reportDocument } from './reportDocument.js';
