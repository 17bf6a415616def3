import { DataError, refuseOthers } from '@normlab/errors';
import { fileError } from './fileErrors.js';
import { readPlainFile } from './plainFile.js';

export type ReadJsonOptions = {
  /** The function or command that reports the error. */
  readonly where: string;
  /** The file's name in messages: its path by default. */
  readonly what?: string;
};

/**
 * The value in a UTF-8 JSON file, with or without a byte order mark (some editors write one).
 *
 * @throws DataError if the file cannot be read, is not UTF-8, or is not JSON
 */
export async function readJson(
  file: string,
  { where, what = file, ...others }: ReadJsonOptions,
): Promise<unknown> {
  refuseOthers('readJson', others, ['where', 'what']);
  const bytes = await readPlainFile(file, { where, what });
  const text = decodeText(bytes, { where, what, file });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw fileError({ where, what, file, rule: 'hold JSON' }, cause);
  }
}

/**
 * Text in UTF-8, without its byte order mark.
 *
 * @throws DataError if the bytes are in another encoding
 */
export function decodeText(bytes: Uint8Array, fault: { where: string; what: string; file: string }): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const [first, second] = bytes;
    const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    const got = isUtf16 ? 'UTF-16' : 'bytes that are not UTF-8';
    throw new DataError({ ...fault, rule: 'be text in UTF-8', got, hint: 'save it as UTF-8' }, { cause });
  }
}
