import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that were moved aside: they come back, or they go. */
export type KeptFolders = { restore(): Promise<void>; forget(): Promise<void> };

/**
 * Moves folders of a package aside, so that new ones can take their places.
 *
 * Where a process was killed in the midst of this, its folders lie aside still, and come back first.
 */
export async function keepFolders(folder: string, names: readonly string[]): Promise<KeptFolders> {
  const place = (name: string) => join(folder, name);
  const aside = (name: string) => join(folder, `${name}.before-setup`);
  const bringBack = async (name: string) => {
    await rm(place(name), { recursive: true, force: true });
    await rename(aside(name), place(name));
  };
  for (const name of names) if (existsSync(aside(name))) await bringBack(name);
  const moved = names.filter((name) => existsSync(place(name)));
  for (const name of moved) await rename(place(name), aside(name));
  return {
    restore: async () => {
      for (const name of names) {
        if (moved.includes(name)) await bringBack(name);
        else await rm(place(name), { recursive: true, force: true });
      }
    },
    forget: async () => {
      for (const name of moved) await rm(aside(name), { recursive: true, force: true });
    },
  };
}
