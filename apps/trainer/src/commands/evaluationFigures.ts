import { binomialInterval } from '@normlab/experiments';
import { type Evaluation, neverPredicted } from '@normlab/train';
import { percent } from '../terminal/percent.js';
import { table } from '../terminal/table.js';

/** What an evaluation says beyond its means. */
export type EvaluationFigures = {
  /** Clopper–Pearson interval of the accuracy, level .95: of the images, not of the seeds. */
  readonly interval: readonly [low: number, high: number];
  /** Share of each class's images that are taken for it; null for a class without images. */
  readonly recall: readonly (number | null)[];
  /** Names of the classes that no image is taken for. */
  readonly neverPredicted: readonly string[];
};

/** The figures that a confusion gives. */
export function figuresOf(
  { confusion, images }: Pick<Evaluation, 'confusion' | 'images'>,
  classes: readonly string[],
): EvaluationFigures {
  const correct = confusion.reduce((sum, row, label) => sum + row[label]!, 0);
  return {
    interval: binomialInterval(correct, images),
    recall: confusion.map((row, label) => (total(row) === 0 ? null : row[label]! / total(row))),
    neverPredicted: neverPredicted({ confusion }).map((label) => classes[label]!),
  };
}

/** Classes of the table of recalls, so that it fits a screen. */
const most = 12;

/** Recall by class: of all classes where they are few, else of the ten that are recognized least. */
export function recallText(
  { confusion }: Pick<Evaluation, 'confusion'>,
  { recall }: EvaluationFigures,
  classes: readonly string[],
  columns: number,
): string {
  const rows = classes.map((name, label) => ({
    name,
    images: total(confusion[label]!),
    recall: recall[label] ?? null,
  }));
  const shown =
    rows.length <= most
      ? rows
      : rows
          .filter((row) => row.recall !== null)
          .sort((a, b) => a.recall! - b.recall!)
          .slice(0, 10);
  const title = rows.length <= most ? 'class' : 'least recognized';
  return table(
    [title, 'images', 'recall'],
    shown.map(({ name, images, recall: share }) => [name, images, share === null ? '–' : percent(share)]),
    columns,
  );
}

function total(row: readonly number[]): number {
  return row.reduce((sum, count) => sum + count, 0);
}
