import { removeStalePartials, withFileErrors } from '@normlab/files';
import type { SplitDataset } from '../dataset.js';
import { cachePlaces } from './cachePlaces.js';
import { decodePictures } from './decodePictures.js';
import { listPictures } from './listPictures.js';
import { fingerprintOf, readPictureCache, writePictureCache } from './pictureCache.js';

export type ImageFolderOptions = {
  /**
   * File that keeps the decoded pictures, or false for none. By default `.normlab-cache` in the folder;
   * where that cannot be written, a file in the user's cache folder.
   */
  readonly cache?: string | false;
  /** Told while pictures are decoded (not when they come from the cache), after each one. */
  readonly onProgress?: (progress: ImageFolderProgress) => void;
  /** Told when the decoded pictures could not be kept: the next call will decode again. */
  readonly onWarning?: (message: string) => void;
};

export type ImageFolderProgress = { readonly done: number; readonly total: number };

/**
 * Pictures from folders: `train/<class>/*` and `test/<class>/*`, .jpg, .jpeg or .png.
 *
 * The class folders' names in alphabetical order (by code unit) are the classes, a label is the place
 * in that order; within a class the pictures follow their file names. All must have one size. Grey
 * pictures become three equal channels, transparency is dropped.
 *
 * The pictures are decoded once and kept in a cache file, which is used for as long as every file's
 * path, size and times, and the decoder, are the same, and its own SHA-256 is right. It is written
 * whole or not at all, and failing to write it fails nothing; what a killed process left half-written beside it is
 * removed by a later call.
 *
 * @throws DataError, naming the file, for a missing or empty folder, classes that train and test do not
 * share, a picture that is none or is damaged, pictures of different sizes
 */
export function imageFolder(
  dir: string,
  { cache, onProgress, onWarning }: ImageFolderOptions = {},
): Promise<SplitDataset> {
  return withFileErrors('imageFolder', async () => {
    const listing = await listPictures('imageFolder', dir);
    const fingerprint = fingerprintOf(listing);
    const places = cache === false ? [] : cache === undefined ? await cachePlaces(dir) : [cache];
    for (const place of places) {
      await removeStalePartials(place);
      // Whatever keeps a cache from being read, the pictures themselves are there.
      const kept = await readPictureCache(place, listing, fingerprint).catch(() => undefined);
      if (kept !== undefined) return kept;
    }
    const total = listing.train.length + listing.test.length;
    let done = 0;
    const pictures = await decodePictures('imageFolder', dir, listing, () => {
      done++;
      onProgress?.({ done, total });
    });
    if (cache !== false) await keep(places, pictures, fingerprint, onWarning);
    return pictures;
  });
}

/** Writes the cache to the first place that takes it. */
async function keep(
  places: readonly string[],
  pictures: SplitDataset,
  fingerprint: string,
  onWarning: ImageFolderOptions['onWarning'],
): Promise<void> {
  const failures: string[] = [];
  for (const place of places) {
    try {
      await writePictureCache(place, pictures, fingerprint);
      return;
    } catch (error) {
      failures.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  onWarning?.(`The decoded pictures could not be kept and will be decoded again: ${failures.join('; ')}.`);
}
