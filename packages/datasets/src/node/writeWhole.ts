import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file whole or not at all: beside its place first, brought safely to the disk, then renamed.
 *
 * @param chunks the file's parts, in order
 */
export async function writeWhole(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  // Several runs may write the same file at once: each has a name of its own until the rename.
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeSynced(partial, chunks);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

/** Writes a file and waits until the disk holds it. */
export async function writeSynced(file: string, chunks: readonly Uint8Array[]): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (const chunk of chunks) await handle.writeFile(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
