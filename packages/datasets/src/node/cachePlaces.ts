import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * The possible places for a folder's decoded images, best first: `.normlab-cache` in the folder itself; if the folder
 * cannot be written, a file in the user's cache folder.
 */
export async function cachePlaces(dir: string): Promise<string[]> {
  const folder = await realpath(dir);
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return [join(folder, '.normlab-cache'), join(userCacheFolder(), 'normlab', `pictures-${name}`)];
}

/** The user's cache folder by each system's convention. */
function userCacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME;
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA;
  return process.platform === 'darwin' ? join(homedir(), 'Library', 'Caches') : join(homedir(), '.cache');
}
