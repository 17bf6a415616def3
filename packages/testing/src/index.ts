export { expectRounded, expectWithin, worstExcess } from './bounds.js';
export { complaintOf, messageOf } from './complaints.js';
export * from './numbers.js';
export {
  everySetting,
  inSoftware,
  onBackends,
  type Setting,
  usualSettings,
  withBackend,
} from './onBackends.js';
export { hasRealImages, unpackRealImages } from './realImages.js';
export { temporaryFolder } from './temporaryFolder.js';
export { unavailable } from './unavailable.js';
export { everyOption, refusesUnknownOptions, type UnknownOptionCase } from './unknownOptions.js';
