import { table } from '../terminal/table.js';

/** The largest number of classes whose matrix fits a terminal. */
const widest = 12;

/** Which class is mistaken for which: the whole matrix if it fits, else the ten most frequent mistakes. */
export function confusionText(confusion: readonly (readonly number[])[], classes: readonly string[]): string {
  if (classes.length <= widest) {
    const rows = confusion.map((counts, truth) => [classes[truth]!, ...counts]);
    return table(['truth \\ taken for', ...classes.map((name) => name.slice(0, 8))], rows);
  }
  const mistakes = confusion
    .flatMap((counts, truth) => counts.map((count, prediction) => ({ truth, prediction, count })))
    .filter(({ truth, prediction, count }) => truth !== prediction && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 10);
  return table(
    ['truth', 'taken for', 'images'],
    mistakes.map(({ truth, prediction, count }) => [classes[truth]!, classes[prediction]!, count]),
  );
}
