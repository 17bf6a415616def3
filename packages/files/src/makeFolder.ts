import { mkdir } from 'node:fs/promises';
import { isMissing } from './fileKind.js';

/**
 * Creates a folder and its missing parent folders.
 *
 * @returns the first folder created; undefined if all existed
 * @throws the system's error
 */
export async function makeFolder(folder: string): Promise<string | undefined> {
  try {
    return await mkdir(folder, { recursive: true });
  } catch (error) {
    if (!isMissing(error)) throw error;
    // With `recursive`, Node reports that the folder is missing where the system said why it cannot be created.
    await mkdir(folder);
    return folder;
  }
}
