import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { countNumbers, planOf } from './variablePlan.js';

/** How large a network is. */
export type ParamCounts = {
  /** Numbers that are learned: kernels, biases, gains, slopes. */
  readonly trainable: number;
  /** Running means and variances. */
  readonly statistics: number;
  /** Bytes of the trainable numbers in float32; the paper's Table 4 prints it divided by 2²⁰ as MB. */
  readonly bytes: number;
};

/**
 * Counts the variables of a network from its spec, without building it.
 *
 * @throws SpecError if the spec is invalid
 * @example
 * ```ts
 * countParams(resnet({ depth: 29 })); // { trainable: 4238922, statistics: 16256, bytes: 16955688 }
 * ```
 */
export function countParams(spec: ModelSpec): ParamCounts {
  const { params, stats } = planOf(readSpec('countParams', spec).layers);
  const trainable = countNumbers(params);
  return { trainable, statistics: countNumbers(stats), bytes: 4 * trainable };
}
