import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import {
  decodeText,
  fileKind,
  onFile,
  openPlainFile,
  readInto,
  readJson,
  readPlainFile,
  withCleanUp,
} from '@normlab/files';
import { type CifarLayout, cifarPixels, cifarSide, recordLength } from '../cifar/cifarLayout.js';
import { decodeRecords } from '../cifar/parseCifar.js';
import type { Dataset, SplitDataset } from '../dataset.js';

/**
 * Name of the file that says how many records each file holds, if the numbers are not the official ones: JSON such as
 * `{ "test_batch.bin": 100, … }`.
 */
export const recordsFile = 'records.json';

/** Reads a folder in one of the official layouts; `dir` is that folder or the one above it. */
export async function readCifar(
  where: string,
  dir: string,
  layout: CifarLayout,
  labelPlace: number,
): Promise<SplitDataset> {
  const folder = await findFolder(where, dir, layout);
  const records = await readRecordCounts(where, folder, layout);
  const classes = await readClassNames(where, folder, layout, labelPlace);
  const sized = { where, folder, layout, records };
  await checkSizes(sized);
  return {
    train: await readPart(sized, layout.trainFiles, labelPlace, classes),
    test: await readPart(sized, layout.testFiles, labelPlace, classes),
  };
}

type SizedFolder = {
  readonly where: string;
  readonly folder: string;
  readonly layout: CifarLayout;
  readonly records: Readonly<Record<string, number>>;
};

async function findFolder(where: string, dir: string, layout: CifarLayout): Promise<string> {
  for (const folder of [dir, join(dir, layout.folder)]) {
    for (const file of [...layout.trainFiles, ...layout.testFiles]) {
      if ((await fileKind(join(folder, file))) === 'a file') return folder;
    }
  }
  throw new DataError({
    where,
    what: dir,
    rule: `be a folder with ${layout.trainFiles[0]} … ${layout.testFiles[0]}, or hold one named ${layout.folder}`,
    got: await fileKind(dir),
    hint: 'download the binary version of the data set, or convert an image folder to it',
    file: dir,
  });
}

async function readRecordCounts(
  where: string,
  folder: string,
  { records }: CifarLayout,
): Promise<Readonly<Record<string, number>>> {
  const file = join(folder, recordsFile);
  if ((await fileKind(file)) === 'nothing there') return records;
  const counts = await readJson(file, { where });
  const own: Record<string, number> = {};
  for (const name of Object.keys(records)) {
    const count: unknown =
      counts !== null && typeof counts === 'object' ? Reflect.get(counts, name) : undefined;
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 0 || count > 1_000_000) {
      throw new DataError({
        where,
        what: `"${name}" in ${file}`,
        rule: 'be an integer in [0, 1000000], the number of its records',
        got: count ?? null,
        file,
      });
    }
    own[name] = count;
  }
  return own;
}

async function readClassNames(
  where: string,
  folder: string,
  layout: CifarLayout,
  labelPlace: number,
): Promise<readonly string[]> {
  const { classes, namesFile } = layout.labels[labelPlace]!;
  const file = join(folder, namesFile);
  if ((await fileKind(file)) === 'nothing there') return classes;
  const bytes = await readPlainFile(file, { where, most: mostNamesBytes });
  const names = classNamesOf(decodeText(bytes, { where, what: file, file }));
  if (names.length !== classes.length) {
    throw new DataError({
      where,
      what: file,
      rule: `list ${classes.length} class names, one per line`,
      got: names.length,
      file,
    });
  }
  return names;
}

/** The largest file of class names, in bytes: more than 256 names of the longest length that file systems allow. */
const mostNamesBytes = 2 ** 20;

/** The class names in the text of a file: one per line, without blank lines and white space around names. */
export function classNamesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

async function checkSizes({ where, folder, layout, records }: SizedFolder): Promise<void> {
  const length = recordLength(layout);
  for (const name of [...layout.trainFiles, ...layout.testFiles]) {
    const file = join(folder, name);
    const expected = records[name]! * length;
    const kind = await fileKind(file);
    if (kind !== 'a file') throw new DataError({ where, what: file, rule: 'be a file', got: kind, file });
    const { size } = await stat(file);
    if (size !== expected) throw wrongSize(where, file, size, expected, length);
  }
}

function wrongSize(where: string, file: string, size: number, expected: number, length: number): DataError {
  const whole = Math.floor(size / length);
  return new DataError({
    where,
    what: file,
    rule: `be ${expected} bytes long (${expected / length} records of ${length} bytes)`,
    got: size,
    hint:
      size < expected
        ? `it is cut off, ${whole} of its records are whole; delete it and unpack or download it again`
        : 'it continues after its last record; delete it and unpack or download it again',
    file,
    byteOffset: Math.min(size, expected),
  });
}

async function readPart(
  { where, folder, layout, records }: SizedFolder,
  files: readonly string[],
  labelPlace: number,
  classes: readonly string[],
): Promise<Dataset> {
  const count = files.reduce((sum, name) => sum + records[name]!, 0);
  const target = { images: new Uint8Array(count * cifarPixels), labels: new Uint8Array(count) };
  let at = 0;
  for (const name of files) {
    const file = join(folder, name);
    const expected = records[name]! * recordLength(layout);
    const bytes = await readExactly(where, file, expected);
    // The size was right a moment ago: another process is changing the file.
    if (bytes.length !== expected) {
      throw wrongSize(where, file, bytes.length, expected, recordLength(layout));
    }
    at = decodeRecords(where, bytes, layout, labelPlace, file, target, at);
  }
  return { ...target, shape: [cifarSide, cifarSide, 3], classes };
}

async function readExactly(where: string, file: string, length: number): Promise<Uint8Array> {
  const handle = await openPlainFile(file, { where });
  const read = async () => {
    const bytes = new Uint8Array(length);
    return bytes.subarray(0, await readInto(handle, bytes, 0));
  };
  return onFile(file, () => withCleanUp(read, () => handle.close()));
}
