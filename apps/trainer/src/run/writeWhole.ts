import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { DataError } from '@normlab/errors';

/**
 * Writes a text file whole or not at all: beside its place first, then moved there.
 *
 * @throws DataError if it cannot be written; what was there before stays
 */
export function writeWhole(file: string, text: string): void {
  const beside = `${file}.partial`;
  try {
    const descriptor = openSync(beside, 'w');
    try {
      writeAll(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(beside, file);
  } catch (cause) {
    rmSync(beside, { force: true });
    throw unwritable(file, cause);
  }
}

/** Writes all of a text: a full disk can take a part of it and only fail on the next call. */
export function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** The error for a file that cannot be written, with what the system says. */
export function unwritable(file: string, cause: unknown): DataError {
  const got = cause instanceof Error ? cause.message : cause;
  return new DataError(
    { where: 'run folder', what: file, rule: 'be a file that can be written', got, file },
    { cause },
  );
}
