export { type FileComplaint, fileError, withFileErrors } from './fileErrors.js';
export { codeOf, type FileKind, fileKind, isMissing, kindOf } from './fileKind.js';
export { type FileSystem, nodeFileSystem } from './fileSystem.js';
export { type LockOwner, thisProcess } from './lock/lockOwner.js';
export { type FileLock, lockHolder, type TakeLockOptions, takeLock, tryLock } from './lock/takeLock.js';
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
export { type Durability, type NamedFile, type WriteWholeOptions, writeWhole } from './writeWhole.js';
