export { type FileComplaint, fileError, onFile, plainReason, withFileErrors } from './fileErrors.js';
export { fileExists } from './fileExists.js';
export { codeOf, type FileKind, fileKind, isMissing, kindOf } from './fileKind.js';
export { type FileSystem, nodeFileSystem } from './fileSystem.js';
export { type LockOwner, thisProcess } from './lock/lockOwner.js';
export { type FileLock, lockHolder, type TakeLockOptions, takeLock, tryLock } from './lock/takeLock.js';
export { makeFolder } from './makeFolder.js';
export {
  openPlainFile,
  type PlainFileOptions,
  type ReadPlainFileOptions,
  readInto,
  readPlainFile,
} from './plainFile.js';
export { decodeText, type ReadJsonOptions, readJson } from './readJson.js';
export { removeStalePartials } from './removeStalePartials.js';
export { updateHash } from './updateHash.js';
export { withCleanUp } from './withCleanUp.js';
export { type Durability, type NamedFile, type WriteWholeOptions, writeWhole } from './writeWhole.js';
