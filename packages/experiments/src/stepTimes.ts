import { DataError } from '@normlab/errors';
import { z } from 'zod';
import { medianOf } from './statistics/medianOf.js';
import { differencesOf } from './statistics/pairedDifference.js';
import { signTest } from './statistics/signTest.js';

const roundsSchema = z.array(z.number().positive()).min(2);

const networkSchema = z.strictObject({
  /** The network with its size: `all-cnn, width 0.25, batch 32`. */
  name: z.string().min(1),
  /** Seconds per step of each placement, round by round: the placements of a round were timed one after the other. */
  seconds: z.record(z.string(), roundsSchema),
});

const stepTimesSchema = z.strictObject({
  format: z.literal('normlab-step-times-1'),
  date: z.string(),
  machine: z.string(),
  node: z.string(),
  /** The backend's description of itself. */
  backend: z.string(),
  networks: z.array(networkSchema).min(1),
});

/** Interleaved timings of training steps: the content of `step-times.json`. */
export type StepTimes = z.infer<typeof stepTimesSchema>;

/** The step time of one placement over that of another, in one network. */
export type StepTimeRatio = {
  readonly network: string;
  readonly arm: string;
  readonly reference: string;
  /** Rounds in which both were timed. */
  readonly n: number;
  /** Median seconds of a step. */
  readonly seconds: number;
  readonly referenceSeconds: number;
  /** Median of arm / reference, round by round. */
  readonly ratio: number;
  /** Exact 95 % interval of the same; null with fewer than 6 rounds. */
  readonly interval: readonly [low: number, high: number] | null;
  /** log(arm / reference) of each round. */
  readonly logRatios: readonly number[];
};

/**
 * Reads `step-times.json`.
 *
 * @throws DataError that names the file, the field and what is wrong with it
 */
export function parseStepTimes(file: string, text: string): StepTimes {
  const where = 'parseStepTimes';
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new DataError({ where, what: file, rule: 'be JSON', file });
  }
  const parsed = stepTimesSchema.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new DataError({
      where,
      what: [file, issue!.path.join('.')].filter(Boolean).join(': '),
      rule: 'be as npm run bench writes it',
      hint: issue!.message,
      file,
    });
  }
  for (const { name, seconds } of parsed.data.networks) {
    const lengths = new Set(Object.values(seconds).map(({ length }) => length));
    if (lengths.size === 1) continue;
    throw new DataError({
      where,
      what: `${file}: ${name}`,
      rule: 'have as many rounds of every placement',
      file,
    });
  }
  return parsed.data;
}

/** The ratios of every placement of every network to a reference placement; a network without it has none. */
export function stepTimeRatios({ networks }: StepTimes, reference = 'bn'): StepTimeRatio[] {
  return networks.flatMap(({ name, seconds }) => {
    const base = seconds[reference];
    if (base === undefined) return [];
    return Object.entries(seconds)
      .filter(([arm]) => arm !== reference)
      .map(([arm, times]) => {
        const logRatios = differencesOf(times.map(Math.log), base.map(Math.log));
        const { n, median, interval } = signTest(logRatios);
        return {
          network: name,
          arm,
          reference,
          n,
          seconds: medianOf(times),
          referenceSeconds: medianOf(base),
          ratio: Math.exp(median),
          interval: interval === null ? null : ([Math.exp(interval[0]), Math.exp(interval[1])] as const),
          logRatios,
        };
      });
  });
}
