import { DataError } from '@normlab/errors';
import { z } from 'zod';

/** A histogram: `counts[i]` values are in [edges[i], edges[i + 1]). */
export type Histogram = { readonly edges: readonly number[]; readonly counts: readonly number[] };

const histogramShape = {
  edges: z.array(z.number()).min(2),
  counts: z.array(z.number()).min(1),
};

const normLine = z.looseObject({
  type: z.literal('norm'),
  step: z.number(),
  layer: z.string(),
  variable: z.enum(['gain', 'bias']),
  /** Root mean square of γ − 1, or of β: the distance from the values that constant batch norm fixes. */
  drift: z.number(),
  min: z.number(),
  max: z.number(),
  ...histogramShape,
});

const outputLine = z.looseObject({
  type: z.literal('output'),
  step: z.number(),
  layer: z.string(),
  mean: z.number(),
  sd: z.number(),
  skew: z.number(),
  excessKurtosis: z.number(),
  /** Kolmogorov–Smirnov distance to the normal distribution with the same mean and sd. */
  ks: z.number(),
  ...histogramShape,
});

const weightLine = z.looseObject({
  type: z.literal('weights'),
  step: z.number(),
  kernel: z.string(),
  /** ‖W‖. */
  norm: z.number(),
  /** ‖g‖. */
  gradient: z.number(),
  /** Angle between W before and after the step, in radians. */
  angle: z.number(),
  /** η / ‖W‖² (law 13). */
  effectiveRate: z.number(),
});

const recordingSchema = z.discriminatedUnion('type', [normLine, outputLine, weightLine]);

/**
 * One line of a run's `recordings.jsonl`.
 *
 * - `norm`: the gains or biases of a norm after a step (Figures 1 and 2): histogram, range, drift
 * - `output`: the output of a layer on one batch (Figure 3): histogram, moments, distance to normal
 * - `weights`: ‖W‖, ‖g‖, the angle between W before and after a step, and the effective learning rate (laws 10 to 13)
 */
export type Recording = z.infer<typeof recordingSchema>;

/**
 * Reads the text of a `recordings.jsonl`; an incomplete last line is ignored.
 *
 * @throws DataError for a line that is no recording
 */
export function parseRecordings(name: string, text: string): Recording[] {
  const texts = text.split('\n');
  texts.pop();
  return texts.filter((line) => line !== '').map((line, index) => parseLine(name, line, index));
}

function parseLine(name: string, text: string, index: number): Recording {
  const what = `${name}, line ${index + 1}`;
  const fault = (got: unknown) =>
    new DataError({ where: 'recordings', what, rule: 'be a recording of a norm, an output or weights', got });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw fault(text);
  }
  const result = recordingSchema.safeParse(json);
  if (!result.success) throw fault(json);
  const line = result.data;
  if (line.type !== 'weights' && line.edges.length !== line.counts.length + 1) throw fault(json);
  return line;
}
