import { leastWidth, table } from '../terminal/table.js';

/** The largest number of classes of which the whole matrix can be read. */
const mostClasses = 12;

/**
 * Which class is mistaken for which: the whole matrix if it fits, else the ten most frequent mistakes.
 *
 * @param columns of the terminal; infinite elsewhere, where the matrix gets 80
 */
export function confusionText(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  columns: number,
): string {
  const width = Number.isFinite(columns) ? columns : 80;
  const header = ['truth \\ taken for', ...classes];
  const rows = confusion.map((counts, truth) => [classes[truth]!, ...counts]);
  if (classes.length <= mostClasses && leastWidth(header, rows) <= width) return table(header, rows, width);
  const mistakes = confusion
    .flatMap((counts, truth) => counts.map((count, prediction) => ({ truth, prediction, count })))
    .filter(({ truth, prediction, count }) => truth !== prediction && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
  return table(
    ['truth', 'taken for', 'images'],
    mistakes.map(({ truth, prediction, count }) => [classes[truth]!, classes[prediction]!, count]),
    columns,
  );
}
