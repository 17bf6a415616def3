import { scalar } from '@tensorflow/tfjs-core';

/** Returns when the active backend has done all its work: a readback comes after everything before it. */
export function settle(): void {
  const last = scalar(0);
  last.dataSync();
  last.dispose();
}
