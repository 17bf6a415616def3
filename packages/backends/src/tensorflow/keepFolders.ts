import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders that were moved aside: `restore` moves them back, `forget` deletes them. */
export type KeptFolders = { restore(): Promise<void>; forget(): Promise<void> };

/**
 * Moves folders of a package aside, so that new ones can be made in their places.
 *
 * Where an earlier process was killed before it restored them, its folders are still aside; they are moved back first.
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
