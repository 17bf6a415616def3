import { statSync } from 'node:fs';
import { fileError } from './fileErrors.js';
import { isMissing } from './fileKind.js';

/**
 * Whether a file or folder exists. Unlike `existsSync` of `node:fs`, this never takes a file that the system refuses to
 * look at for a missing one.
 *
 * @throws DataError that names the file, if the system does not say whether it exists
 */
export function fileExists(file: string, { where }: { readonly where: string }): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (cause) {
    if (isMissing(cause)) return false;
    throw fileError({ where, file, rule: 'say whether it exists' }, cause);
  }
}
