import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import { fileKind, kindOf } from '@normlab/files';
import { mapConcurrently } from './mapConcurrently.js';

/** An image file found in a folder. */
export type ImageFile = {
  /** Path below the data folder, with slashes: `train/cat/0001.jpg`. */
  readonly path: string;
  readonly label: number;
  /** Changes whenever the file does: size, modification time and change time. */
  readonly stamp: string;
};

/** All images of an image folder, class by class, ordered by file name. */
export type ImageListing = {
  readonly classes: readonly string[];
  readonly train: readonly ImageFile[];
  readonly test: readonly ImageFile[];
};

/**
 * Lists `train/<class>/*` and `test/<class>/*`: .jpg, .jpeg and .png, in any case.
 *
 * Classes and files are ordered by their names' code units, the same on every machine. Other files,
 * and names that begin with a dot, are ignored.
 *
 * @throws DataError for a missing or empty folder, two parts with different classes, a name that is not UTF-8, or an
 *   image name that belongs to a folder, pipe or device
 */
export async function listImages(where: string, dir: string): Promise<ImageListing> {
  const kind = await fileKind(dir);
  if (kind !== 'a folder') {
    throw new DataError({
      where,
      what: dir,
      rule: 'be a folder with train and test in it',
      got: kind,
      file: dir,
    });
  }
  const classes = await classFolders(where, join(dir, 'train'));
  const testClasses = await classFolders(where, join(dir, 'test'));
  if (classes.length > 256) {
    throw new DataError({
      where,
      what: join(dir, 'train'),
      rule: 'hold at most 256 class folders',
      got: classes.length,
      file: join(dir, 'train'),
    });
  }
  checkSameClasses(where, dir, classes, testClasses);
  return {
    classes,
    train: await listPart(where, dir, 'train', classes),
    test: await listPart(where, dir, 'test', classes),
  };
}

async function classFolders(where: string, part: string): Promise<string[]> {
  const kind = await fileKind(part);
  const entries = kind === 'a folder' ? await namesIn(where, part, (name) => !name.startsWith('.')) : [];
  const names: string[] = [];
  for (const name of entries) {
    if (/folder$/.test(await fileKind(join(part, name)))) names.push(name);
  }
  if (names.length === 0) {
    throw new DataError({
      where,
      what: part,
      rule: 'be a folder with one folder per class',
      got: kind,
      hint: 'an image folder holds train/<class>/*.jpg and test/<class>/*.jpg, or .png',
      file: part,
    });
  }
  return names.sort();
}

function checkSameClasses(
  where: string,
  dir: string,
  train: readonly string[],
  test: readonly string[],
): void {
  const lone = [...train, ...test].find((name) => !train.includes(name) || !test.includes(name));
  if (lone === undefined) return;
  const [has, lacks] = train.includes(lone) ? ['train', 'test'] : ['test', 'train'];
  throw new DataError({
    where,
    what: join(dir, lacks),
    rule: `hold the same class folders as ${has}`,
    got: `no folder "${lone}"`,
    file: join(dir, lacks),
  });
}

async function listPart(
  where: string,
  dir: string,
  part: string,
  classes: readonly string[],
): Promise<ImageFile[]> {
  const files: { path: string; label: number }[] = [];
  for (const [label, name] of classes.entries()) {
    const folder = join(dir, part, name);
    const images = (await namesIn(where, folder, isImage)).sort();
    if (images.length === 0) {
      throw new DataError({
        where,
        what: folder,
        rule: 'hold at least one .jpg, .jpeg or .png file',
        got: await fileKind(folder),
        file: folder,
      });
    }
    for (const file of images) files.push({ path: `${part}/${name}/${file}`, label });
  }
  return mapConcurrently(files, async ({ path, label }) => {
    const file = join(dir, path);
    const stats = await stat(file, { bigint: true });
    if (!stats.isFile()) {
      throw new DataError({ where, what: file, rule: 'be a plain file', got: kindOf(stats), file });
    }
    const { size, mtimeNs, ctimeNs } = stats;
    return { path, label, stamp: `${size} ${mtimeNs} ${ctimeNs}` };
  });
}

/**
 * The names in a folder for which `isWanted` is true.
 *
 * @throws DataError for a wanted name that is not UTF-8: as text it would be another name, which does not exist
 */
async function namesIn(
  where: string,
  folder: string,
  isWanted: (name: string) => boolean,
): Promise<string[]> {
  const names = (await readdir(folder, { encoding: 'buffer' })).map((bytes) => ({
    bytes,
    name: bytes.toString(),
  }));
  const wanted = names.filter(({ name }) => isWanted(name));
  const other = wanted.find(({ bytes, name }) => !Buffer.from(name).equals(bytes));
  if (other === undefined) return wanted.map(({ name }) => name);
  throw new DataError({
    where,
    what: folder,
    rule: 'hold only names in UTF-8',
    got: other.bytes.toString('latin1'),
    hint: 'shown as ISO 8859-1; rename it',
    file: folder,
  });
}

function isImage(name: string): boolean {
  return !name.startsWith('.') && /\.(jpe?g|png)$/i.test(name);
}
