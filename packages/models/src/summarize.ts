import type { ModelSpec } from './modelSpec.js';
import { readSpec } from './parseSpec.js';
import { isOfType, type TracedLayer } from './traceSpec.js';
import { layerVariables, sizeOf } from './variablePlan.js';

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
  return rowsOf(readSpec('summarize', spec).layers);
}

function rowsOf(layers: readonly TracedLayer[]): SummaryRow[] {
  return layers.flatMap((traced) => [
    ...rowsOf(traced.inner),
    {
      layer: traced.path,
      type: traced.layer.type,
      output: [...traced.output],
      parameters: sizeOf(layerVariables(traced).params),
      macs: macs(traced),
    },
  ]);
}

function macs(traced: TracedLayer): number {
  const { input, output } = traced;
  if (isOfType(traced, 'dense')) return input[0]! * output[0]!;
  if (!isOfType(traced, 'conv')) return 0;
  const [height = 0, width = 0, channels = 0] = output;
  return height * width * channels * traced.layer.kernel ** 2 * input.at(-1)!;
}
