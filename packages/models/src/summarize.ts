import { typeOf } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { countNumbers, variablesOf } from './variablePlan.js';
import { visitLayers } from './visitLayers.js';

/** One layer of a network in numbers. */
export type SummaryRow = {
  /** Path of the layer: `stage1/block1/conv1`. */
  readonly layer: string;
  readonly type: string;
  /** Shape of what it gives for one example: [H, W, C] or [C]. */
  readonly output: readonly number[];
  /** Numbers that it learns; for a residual 0, as those inside have rows of their own. */
  readonly parameters: number;
  /**
   * Multiply–accumulate operations for one example, of convolutions and dense layers, padding included as tfjs and
   * most counters do; all others are 0.
   */
  readonly macs: number;
};

/**
 * A network as a table, one row a layer in the order in which outputs are computed: a residual after its layers.
 *
 * @throws SpecError if the spec is none
 */
export function summarize(spec: ModelSpec): SummaryRow[] {
  const rows: SummaryRow[] = [];
  visitLayers(readSpec('summarize', spec).layers, {
    leave(place) {
      rows.push({
        layer: place.path,
        type: place.layer.type,
        output: [...place.output],
        parameters: countNumbers(variablesOf(place).params),
        macs: typeOf(place.layer).macs?.(place) ?? 0,
      });
    },
  });
  return rows;
}
