import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * A write touches its file many times a second; one that has stood still for so long belongs to a process that was
 * killed, or to a disk that is stuck. Should the latter wake up, its rename fails and says so: nothing is lost.
 */
const staleAfter = 10 * 60 * 1000;

/**
 * Removes what killed processes left half-written beside a place: `<place>.<uuid>.partial`, files and folders.
 *
 * Whatever keeps it from that is no failure: it is tried again the next time.
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
      // Removed by another run in this moment, or not ours to remove.
    }
  }
}

function isPartialOf(base: string, name: string): boolean {
  return (
    name.startsWith(base) &&
    /^\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/.test(name.slice(base.length))
  );
}
