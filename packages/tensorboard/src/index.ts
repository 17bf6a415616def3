export { crc32c } from './crc32c.js';
export {
  fileVersion,
  type HistogramMoments,
  type HistogramValue,
  histogram,
  type Moment,
  scalars,
  sessionStart,
} from './events.js';
export { record } from './record.js';
