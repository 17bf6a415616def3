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
  /** The shape of its output for one example: [H, W, C] or [C]. */
  readonly output: readonly number[];
  /** Number of its parameters; 0 for a residual, whose inner layers have their own rows. */
  readonly parameters: number;
  /**
   * Multiply–accumulate operations for one example, of convolutions and dense layers, including padding, as tfjs and
   * most counters do; 0 for all other layers.
   */
  readonly macs: number;
};

/**
 * A network as a table, one row per layer in the order in which outputs are computed: a residual after its layers.
 *
 * @throws SpecError if the spec is invalid
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
