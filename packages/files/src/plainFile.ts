import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DataError, refuseOthers } from '@normlab/errors';
import { type FileComplaint, fileError } from './fileErrors.js';
import { kindOf } from './fileKind.js';
import { withCleanUp } from './withCleanUp.js';

export type PlainFileOptions = Omit<FileComplaint, 'file' | 'rule'>;

export type ReadPlainFileOptions = PlainFileOptions & {
  /** The largest file that is read, in bytes; no limit by default. */
  readonly most?: number;
};

/** Node reads at most 2³¹ − 1 bytes at once; smaller reads cost nothing. */
const piece = 1 << 24;

/**
 * Opens a plain file for reading. A pipe without a writer does not block, and a pipe, a socket, a device or a folder is
 * refused: reading them might never end.
 *
 * @throws DataError that names the file
 */
export async function openPlainFile(
  file: string,
  { where, what = file, ...others }: PlainFileOptions,
): Promise<FileHandle> {
  refuseOthers('openPlainFile', others, ['where', 'what']);
  const rule = 'be a file that can be read';
  // Windows has neither this flag nor such files under ordinary names.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch((cause: unknown) => {
    throw fileError({ where, what, file, rule }, cause);
  });
  try {
    const stats = await handle.stat();
    if (stats.isFile()) return handle;
    throw new DataError({ where, what, rule: 'be a plain file', got: kindOf(stats), file });
  } catch (cause) {
    await handle.close().catch(() => {});
    throw cause instanceof DataError ? cause : fileError({ where, what, file, rule }, cause);
  }
}

/**
 * The bytes of a plain file, in pieces that Node can read: also more than 2 GiB.
 *
 * @throws DataError that names the file, if it is not a plain file, is larger than `most`, or cannot be read
 */
export async function readPlainFile(
  file: string,
  { most, ...options }: ReadPlainFileOptions,
): Promise<Buffer> {
  const { where, what = file } = options;
  const handle = await openPlainFile(file, options);
  const read = async () => {
    const { size } = await handle.stat();
    if (most !== undefined && size > most) {
      throw new DataError({ where, what, rule: `be at most ${most} bytes long`, got: size, file });
    }
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await readInto(handle, bytes, 0));
  };
  try {
    return await withCleanUp(read, () => handle.close());
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    throw fileError({ where, what, file, rule: 'be a file that can be read' }, cause);
  }
}

/**
 * Fills an array with a file's bytes from `position` on.
 *
 * @returns the number of bytes read: fewer than the array holds if the file ends earlier
 */
export async function readInto(
  handle: Pick<FileHandle, 'read'>,
  target: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0;
  while (filled < target.length) {
    const length = Math.min(piece, target.length - filled);
    const { bytesRead } = await handle.read(target, filled, length, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}
