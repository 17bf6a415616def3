import { basename, dirname } from 'node:path';
import { withFileErrors, writeWhole } from '@normlab/files';

/** What a network says of one test image. */
export type Prediction = {
  /** Place among the test images of the run, from 0. */
  readonly index: number;
  /** Name of the class that the image is of. */
  readonly label: string;
  /** Name of the class that it is taken for. */
  readonly predicted: string;
  /** Probability of that class. */
  readonly probability: number;
};

/**
 * Writes one line per image: as JSON lines where the file's name ends in `.jsonl`, else as CSV (RFC 4180) with a header.
 * The file is there whole or not at all.
 *
 * @throws DataError if it cannot be written
 */
export async function writePredictions(file: string, predictions: readonly Prediction[]): Promise<void> {
  const lines = file.endsWith('.jsonl')
    ? predictions.map((prediction) => JSON.stringify(prediction))
    : ['index,label,predicted,probability', ...predictions.map(csvLine)];
  const content = `${lines.join('\n')}\n`;
  await withFileErrors('normlab eval', () =>
    writeWhole(dirname(file), [{ name: basename(file), content }], { survives: 'kill' }),
  );
}

function csvLine({ index, label, predicted, probability }: Prediction): string {
  return [index, field(label), field(predicted), probability].join(',');
}

/** A name in quotes where a reader of CSV would take a part of it for something else. */
function field(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}
