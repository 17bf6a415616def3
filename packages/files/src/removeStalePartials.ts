import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * A running write changes its file many times a second. A file unchanged for so long belongs to a killed process or to
 * a stuck disk. If the stuck disk recovers, the rename fails with an error: nothing is lost.
 */
const staleAfter = 10 * 60 * 1000;

/**
 * Removes the half-written files and folders that killed processes left beside a place: `<place>.<uuid>.partial`.
 *
 * An error while removing is ignored: the next call tries again.
 *
 * @param now milliseconds since 1970
 */
export async function removeStalePartials(place: string, now = Date.now()): Promise<void> {
  const folder = dirname(place);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => isPartialOf(basename(place), each))) {
    const partial = join(folder, name);
    try {
      const { mtimeMs } = await stat(partial);
      if (now - mtimeMs > staleAfter) await rm(partial, { recursive: true, force: true });
    } catch {
      // Another run has just removed it, or this user may not remove it.
    }
  }
}

function isPartialOf(base: string, name: string): boolean {
  return (
    name.startsWith(base) &&
    /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/.test(name.slice(base.length))
  );
}
