import { type MetricsLine, readMetrics } from './metricsLog.js';
import type { PreparedRun } from './prepareRun.js';

type Figures = { readonly loss: number; readonly accuracy: number };

/** What a run has come to, as its `metrics.jsonl` says: the document of `normlab train --json`. */
export type RunResult = {
  readonly folder: string;
  readonly finished: boolean;
  /** Steps done, of how many. */
  readonly step: number;
  readonly steps: number;
  /** Means over the last epoch while training; null before its end. */
  readonly train: Figures | null;
  /** The last evaluation; null before the first. */
  readonly test: (Figures & { readonly images: number }) | null;
  /** Training time. */
  readonly seconds: number;
};

/** Reads a run's result from its folder. */
export function runResult({ folder, length: { steps } }: Pick<PreparedRun, 'folder' | 'length'>): RunResult {
  const lines = readMetrics(folder);
  const last = lines.at(-1);
  const epoch = lines.findLast((line) => line.type === 'epoch');
  const evaluation = lines.findLast((line) => line.type === 'evaluation');
  return {
    folder,
    finished: evaluation?.step === steps,
    step: last?.step ?? 0,
    steps,
    train: epoch === undefined ? null : figures(epoch),
    test: evaluation === undefined ? null : { ...figures(evaluation), images: evaluation.images ?? 0 },
    seconds: last?.seconds ?? 0,
  };
}

function figures({ loss, accuracy }: MetricsLine): Figures {
  return { loss, accuracy };
}
