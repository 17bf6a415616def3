import { normalArray, uniformArray } from '@normlab/testing';
import type { CallOptions } from './operations.js';

/** Options and statistics for C channels: the defaults of the tests. */
export function callOptions(channels: number, own: Partial<CallOptions> = {}): CallOptions {
  return {
    epsilon: 1e-3,
    axes: [-1],
    groups: 2,
    decay: 0.75,
    stats: {
      mean: normalArray([channels], 11, { mean: 1 }),
      variance: uniformArray([channels], 12, 0.5, 4),
    },
    ...own,
  };
}
