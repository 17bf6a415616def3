export { arrayOf, type NdArray, vectorOf } from './arrays.js';
export { expectRounded, expectWithin, worstExcess } from './bounds.js';
export { complaintOf, messageOf } from './complaints.js';
export {
  everySetting,
  inSoftware,
  onBackends,
  type Setting,
  usualSettings,
  withBackend,
} from './onBackends.js';
export { normalArray, normals, uniformArray } from './random.js';
export { hasRealImages, unpackRealImages } from './realImages.js';
export { gamma, rootRoundings, unitRoundoff } from './roundoff.js';
export { temporaryFolder } from './temporaryFolder.js';
export { leaked, normalTensor, read, readAll, toTensor } from './tensors.js';
export * as twins from './twins/index.js';
