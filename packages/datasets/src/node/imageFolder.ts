import { refuseOthers } from '@normlab/errors';
import { removeStalePartials, withFileErrors } from '@normlab/files';
import type { SplitDataset } from '../dataset.js';
import { cachePlaces } from './cachePlaces.js';
import { decodeImages } from './decodeImages.js';
import { fingerprintOf, readImageCache, writeImageCache } from './imageCache.js';
import { listImages } from './listImages.js';

export type ImageFolderOptions = {
  /**
   * The cache file for the decoded images, or false for no cache. By default `.normlab-cache` in the folder; if that
   * cannot be written, a file in the user's cache folder.
   */
  readonly cache?: string | false;
  /** Called after each decoded image (not if the images come from the cache). */
  readonly onProgress?: (progress: ImageFolderProgress) => void;
  /** Called if the decoded images could not be cached: the next call will decode them again. */
  readonly onWarning?: (message: string) => void;
};

export type ImageFolderProgress = { readonly done: number; readonly total: number };

/**
 * Images from folders: `train/<class>/*` and `test/<class>/*`, .jpg, .jpeg or .png.
 *
 * The classes are the names of the class folders in alphabetical order (by code unit); a label is an index into them.
 * Within a class, images are ordered by file name. All must have one size. Grey images become three equal channels,
 * transparency is dropped.
 *
 * The images are decoded once and kept in a cache file. The cache is valid while every file's path, size and times, and
 * the decoder's version, are the same, and the cache's own SHA-256 is right. The cache is written completely or not at
 * all; if it cannot be written, the call still succeeds. A half-written cache of a killed process is removed by a later
 * call.
 *
 * @throws DataError, naming the file, for a missing or empty folder, classes that train and test do not share, a file
 *   that is not an image or is damaged, images of different sizes
 */
export function imageFolder(
  dir: string,
  { cache, onProgress, onWarning, ...others }: ImageFolderOptions = {},
): Promise<SplitDataset> {
  refuseOthers('imageFolder', others, ['cache', 'onProgress', 'onWarning']);
  return withFileErrors('imageFolder', async () => {
    const listing = await listImages('imageFolder', dir);
    const fingerprint = fingerprintOf(listing);
    const places = cache === false ? [] : cache === undefined ? await cachePlaces(dir) : [cache];
    for (const place of places) {
      await removeStalePartials(place);
      // If the cache cannot be read, for whatever reason, the images themselves are still there.
      const kept = await readImageCache(place, listing, fingerprint).catch(() => undefined);
      if (kept !== undefined) return kept;
    }
    const total = listing.train.length + listing.test.length;
    let done = 0;
    const dataset = await decodeImages('imageFolder', dir, listing, () => {
      done++;
      onProgress?.({ done, total });
    });
    if (cache !== false) await keep(places, dataset, fingerprint, onWarning);
    return dataset;
  });
}

/** Writes the cache to the first place that can be written. */
async function keep(
  places: readonly string[],
  dataset: SplitDataset,
  fingerprint: string,
  onWarning: ImageFolderOptions['onWarning'],
): Promise<void> {
  const failures: string[] = [];
  for (const place of places) {
    try {
      await writeImageCache(place, dataset, fingerprint);
      return;
    } catch (error) {
      failures.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  onWarning?.(`The decoded images could not be cached and will be decoded again: ${failures.join('; ')}.`);
}
