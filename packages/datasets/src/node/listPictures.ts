import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '@normlab/errors';
import { fileKind } from '@normlab/files';
import { mapConcurrently } from './mapConcurrently.js';

/** A picture file, as found in its folder. */
export type PictureFile = {
  /** Path below the data folder, with slashes: `train/cat/0001.jpg`. */
  readonly path: string;
  readonly label: number;
  /** What changes whenever the file does: size, and the times of its last writing and change. */
  readonly stamp: string;
};

/** All pictures of an image folder, class by class, file names in order. */
export type PictureListing = {
  readonly classes: readonly string[];
  readonly train: readonly PictureFile[];
  readonly test: readonly PictureFile[];
};

/**
 * Lists `train/<class>/*` and `test/<class>/*`: .jpg, .jpeg and .png, in any case.
 *
 * Classes and files are ordered by their names' code units, the same on every machine. Other files,
 * and names that begin with a dot, are passed over.
 *
 * @throws DataError for a missing or empty folder, or where the two parts have other classes
 */
export async function listPictures(where: string, dir: string): Promise<PictureListing> {
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
  const entries = kind === 'a folder' ? await readdir(part, { withFileTypes: true }) : [];
  const names: string[] = [];
  for (const { name } of entries) {
    if (!name.startsWith('.') && (await fileKind(join(part, name))) !== 'a file') names.push(name);
  }
  if (names.length === 0) {
    throw new DataError({
      where,
      what: part,
      rule: 'be a folder with one folder a class',
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
): Promise<PictureFile[]> {
  const files: { path: string; label: number }[] = [];
  for (const [label, name] of classes.entries()) {
    const folder = join(dir, part, name);
    const pictures = (await readdir(folder)).filter(isPicture).sort();
    if (pictures.length === 0) {
      throw new DataError({
        where,
        what: folder,
        rule: 'hold at least one .jpg, .jpeg or .png file',
        got: await fileKind(folder),
        file: folder,
      });
    }
    for (const file of pictures) files.push({ path: `${part}/${name}/${file}`, label });
  }
  return mapConcurrently(files, async ({ path, label }) => {
    const { size, mtimeNs, ctimeNs } = await stat(join(dir, path), { bigint: true });
    return { path, label, stamp: `${size} ${mtimeNs} ${ctimeNs}` };
  });
}

function isPicture(name: string): boolean {
  return !name.startsWith('.') && /\.(jpe?g|png)$/i.test(name);
}
