import { closeSync, fsyncSync, ftruncateSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import { fileError, isMissing, kindOf } from '@normlab/files';
import { z } from 'zod';

export const metricsFile = 'metrics.jsonl';

/** One line of `metrics.jsonl`; `seconds` is the run's training time so far, without interruptions. */
export type MetricsLine = FiguresLine | DivergedLine;

/** The last line of a run that diverged: the step that could not be taken, or was not to be evaluated. */
export type DivergedLine = {
  readonly type: 'diverged';
  readonly step: number;
  readonly epoch: number;
  readonly reason: string;
  readonly seconds: number;
};

/** Figures of a step, an epoch or an evaluation. */
export type FiguresLine = {
  readonly type: 'step' | 'epoch' | 'evaluation';
  /** Steps done. */
  readonly step: number;
  /** Epoch, from 0. */
  readonly epoch: number;
  readonly loss: number;
  readonly accuracy: number;
  readonly learningRate?: number;
  readonly images?: number;
  readonly imagesPerSecond?: number;
  /** Classes that an evaluation gave to no image, by name. */
  readonly neverPredicted?: readonly string[];
  readonly seconds: number;
};

/** An open `metrics.jsonl`. */
export type MetricsLog = {
  /** The lines that the file held when it was opened. */
  readonly earlier: readonly MetricsLine[];
  /** @throws DataError if the line cannot be written; earlier lines stay complete */
  write(line: MetricsLine): void;
  /** Flushes all lines to the disk, so that they survive a crash of the machine. */
  flush(): void;
  close(): void;
};

/** The progress of the state from which a run is resumed. */
export type Reached = {
  /** Steps done. */
  readonly step: number;
  /** Whether the epoch and evaluation lines of that step are still to be written. */
  readonly owesEvaluation: boolean;
  /** Whether the run is evaluated at that step: an extended run may not be where the shorter one was, at its end. */
  readonly isEvaluated: boolean;
};

/**
 * Opens a run's `metrics.jsonl` to continue from a state.
 *
 * Lines written after the last checkpoint, and an incomplete last line, are cut off: those steps are done again, and no
 * step may appear twice. So is an evaluation at the end of a run that is extended, if the longer run has none there.
 */
export function openMetrics(folder: string, { step, owesEvaluation, isEvaluated }: Reached): MetricsLog {
  const file = join(folder, metricsFile);
  const isKept = (line: MetricsLine) => {
    if (line.step !== step || line.type === 'step') return line.step <= step;
    return !owesEvaluation && (line.type !== 'evaluation' || isEvaluated);
  };
  const { lines, bytes } = linesWhile(file, isKept);
  const unwritable = (cause: unknown) =>
    fileError({ where: 'run folder', file, rule: 'be a file that can be written' }, cause);
  const attempt = <T>(action: () => T): T => {
    try {
      return action();
    } catch (cause) {
      throw unwritable(cause);
    }
  };
  const descriptor = attempt(() => openSync(file, 'a'));
  attempt(() => cutTo(descriptor, bytes));
  let length = bytes;
  return {
    earlier: lines,
    write: (line) => {
      const text = `${JSON.stringify(line)}\n`;
      try {
        writeAll(descriptor, text);
      } catch (cause) {
        removeHalfLine(descriptor, length);
        throw unwritable(cause);
      }
      length += Buffer.byteLength(text);
    },
    flush: () => attempt(() => fsyncSync(descriptor)),
    close: () => attempt(() => closeSync(descriptor)),
  };
}

/** All lines of a run's `metrics.jsonl`; no lines if there is no such file. */
export function readMetrics(folder: string): MetricsLine[] {
  return linesWhile(join(folder, metricsFile), () => true).lines;
}

/** Writes all of a text: on a full disk, a call can write a part, and only the next call fails. */
function writeAll(descriptor: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length; ) done += writeSync(descriptor, bytes, done);
}

/** Cuts an open file to a length; closes it if that fails. */
function cutTo(descriptor: number, length: number): void {
  try {
    ftruncateSync(descriptor, length);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Cuts off a half-written line; if even that fails, the next `openMetrics` does it. */
function removeHalfLine(descriptor: number, length: number): void {
  try {
    ftruncateSync(descriptor, length);
  } catch {
    // The error that prevented the write is the one to report.
  }
}

/** The complete lines up to the first that is not kept, and their size in bytes. */
function linesWhile(
  file: string,
  isKept: (line: MetricsLine) => boolean,
): { lines: MetricsLine[]; bytes: number } {
  const lines: MetricsLine[] = [];
  const content = contentOf(file);
  if (content === undefined) return { lines, bytes: 0 };
  let bytes = 0;
  for (let end = content.indexOf(newline); end !== -1; end = content.indexOf(newline, bytes)) {
    const line = lineOf(content.toString('utf8', bytes, end));
    if (line === undefined || !isKept(line)) break;
    lines.push(line);
    bytes = end + 1;
  }
  return { lines, bytes };
}

/** The bytes of a plain file; undefined if there is no such file. */
function contentOf(file: string): Buffer | undefined {
  const where = 'run folder';
  try {
    const stats = statSync(file);
    if (stats.isFile()) return readFileSync(file);
    throw new DataError({ where, what: file, rule: 'be a plain file', got: kindOf(stats), file });
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    if (isMissing(cause)) return undefined;
    throw fileError({ where, file, rule: 'be a file that can be read' }, cause);
  }
}

const newline = 10;

/** A line with all the fields that are read, each of its type; undefined for any other text. */
function lineOf(text: string): MetricsLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

const count = z.int().nonnegative();

const common = { step: count, epoch: count, seconds: z.number().nonnegative() };

const figures = {
  ...common,
  loss: z.number(),
  accuracy: z.number(),
  learningRate: z.number().exactOptional(),
  images: count.exactOptional(),
  imagesPerSecond: z.number().exactOptional(),
  neverPredicted: z.array(z.string()).exactOptional(),
};

const lineSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('diverged'), ...common, reason: z.string() }),
  z.looseObject({ type: z.literal(['step', 'epoch', 'evaluation']), ...figures }),
]);
