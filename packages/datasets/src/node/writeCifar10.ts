import { randomUUID } from 'node:crypto';
import { rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DataError } from '@normlab/errors';
import {
  fileKind,
  makeFolder,
  type NamedFile,
  removeStalePartials,
  withFileErrors,
  writeWhole,
} from '@normlab/files';
import { cifar10Layout } from '../cifar/cifarLayout.js';
import { checkCifar10, encodeCifar10 } from '../cifar/encodeCifar10.js';
import type { Dataset, SplitDataset } from '../dataset.js';
import { classNamesOf, recordsFile } from './readCifar.js';

/**
 * Writes a data set in CIFAR-10's official binary layout; `cifar10(dir)` reads back the same bytes,
 * in the same order.
 *
 * The training part is spread evenly over the five batch files. If a file then does not have the official 10 000
 * records, a `records.json` says how many it has. The folder is written beside its place and then renamed: it appears
 * completely or not at all.
 *
 * @param dir the folder to create; it must not exist yet, or must be empty
 * @throws DataError if the folder exists and is not empty, if the images are not 32×32, if there are not ten classes, the
 *   same in both parts, for a label above 9, or for a class name that is not a line of text; ShapeError if the parts of a
 *   data set do not fit together
 */
export async function writeCifar10(dir: string, dataset: SplitDataset): Promise<void> {
  const { train, test } = dataset;
  checkCifar10('writeCifar10', train);
  checkCifar10('writeCifar10', test);
  checkSameClasses(train.classes, test.classes);
  checkClassNames(train.classes);
  await withFileErrors('writeCifar10', async () => {
    const place = resolve(dir);
    const kind = await fileKind(place);
    if (kind !== 'nothing there' && kind !== 'an empty folder') {
      throw new DataError({
        where: 'writeCifar10',
        what: place,
        rule: 'not exist yet, or be an empty folder',
        got: kind,
        file: place,
      });
    }
    const hidden = join(dirname(place), `.${basename(place)}`);
    await removeStalePartials(hidden);
    const partial = `${hidden}.${randomUUID()}.partial`;
    try {
      await makeFolder(partial);
      await writeFiles(partial, train, test);
      if (kind === 'an empty folder') await rmdir(place);
      await rename(partial, place);
    } catch (error) {
      await rm(partial, { recursive: true, force: true }).catch(() => {});
      throw error;
    }
  });
}

/** The layout has one list of names: with another list, a label of the test part would name another class. */
function checkSameClasses(train: readonly string[], test: readonly string[]): void {
  const label = test.findIndex((name, at) => name !== train[at]);
  if (label < 0) return;
  throw new DataError({
    where: 'writeCifar10',
    what: `class ${label} of the test part`,
    rule: `be "${train[label]}", as in the training part`,
    got: test[label],
  });
}

/** Checks that the names are the same after they are written to a file and read back. */
function checkClassNames(classes: readonly string[]): void {
  const name = classes.find(
    (each) => each === '' || classNamesOf(each).join() !== each || /\p{Surrogate}|^\uFEFF/u.test(each),
  );
  if (name === undefined) return;
  throw new DataError({
    where: 'writeCifar10',
    what: 'the name of each class',
    rule: 'be a line of text: not empty, without line feeds, and without white space at its ends',
    got: name,
    hint: 'rename the class',
  });
}

async function writeFiles(folder: string, train: Dataset, test: Dataset): Promise<void> {
  const { trainFiles, testFiles, records, labels } = cifar10Layout;
  const counts: Record<string, number> = {};
  const write = (name: string, content: NamedFile['content']) =>
    writeWhole(folder, [{ name, content }], { survives: 'power-loss' });
  const writePart = async (files: readonly string[], part: Dataset) => {
    const total = part.labels.length;
    for (const [place, name] of files.entries()) {
      const from = Math.floor((place * total) / files.length);
      const to = Math.floor(((place + 1) * total) / files.length);
      counts[name] = to - from;
      await write(name, [encodeCifar10(part, from, to)]);
    }
  };
  await writePart(trainFiles, train);
  await writePart(testFiles, test);
  await write(labels[0]!.namesFile, `${train.classes.join('\n')}\n`);
  if (Object.keys(counts).some((name) => counts[name] !== records[name])) {
    await write(recordsFile, `${JSON.stringify(counts, null, 2)}\n`);
  }
}
