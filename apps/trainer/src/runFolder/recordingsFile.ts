import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordings, type Recording } from '@normlab/experiments';
import { decodeText, fileError, fileExists, readPlainFile, writeWhole } from '@normlab/files';

export const recordingsFile = 'recordings.jsonl';

const where = 'run folder';

/** An open `recordings.jsonl`. */
export type RecordingsFile = {
  /** The step of the last recording of a kind; 0 before the first. */
  last(type: Recording['type']): number;
  /** @throws DataError if the lines cannot be written */
  write(lines: readonly Recording[]): void;
};

/**
 * Opens a run's `recordings.jsonl` to continue after a checkpoint: what was recorded after it is cut off, because those
 * steps are done again.
 *
 * @param from steps that the run has behind it
 * @throws DataError if the file cannot be read or written, or was not written by normlab
 */
export async function openRecordings(folder: string, from: number): Promise<RecordingsFile> {
  const file = join(folder, recordingsFile);
  const unwritable = (cause: unknown) =>
    fileError({ where, file, rule: 'be a file that can be written' }, cause);
  const last = new Map<Recording['type'], number>();
  if (fileExists(file, { where })) {
    const text = decodeText(await readPlainFile(file, { where }), { where, what: file, file });
    const kept = parseRecordings(file, text).filter(({ step }) => step <= from);
    for (const { type, step } of kept) last.set(type, step);
    const content = linesOf(kept);
    await writeWhole(folder, [{ name: recordingsFile, content }], { survives: 'kill' }).catch(
      (cause: unknown) => {
        throw unwritable(cause);
      },
    );
  }
  return {
    last: (type) => last.get(type) ?? 0,
    write: (lines) => {
      try {
        appendFileSync(file, linesOf(lines));
      } catch (cause) {
        throw unwritable(cause);
      }
      for (const { type, step } of lines) last.set(type, step);
    },
  };
}

function linesOf(lines: readonly Recording[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}
