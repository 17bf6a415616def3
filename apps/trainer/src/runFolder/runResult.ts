import { type FiguresLine, readMetrics } from './metricsLog.js';

type Figures = { readonly loss: number; readonly accuracy: number };

/** The result of a run: the document of `normlab train --json`. */
export type RunResult = {
  readonly folder: string;
  /** Whether all steps are done and the last state is evaluated. */
  readonly finished: boolean;
  /** Steps done at the checkpoint, and steps of the whole run. */
  readonly step: number;
  readonly steps: number;
  /** Means over the last epoch while training; null before its end. */
  readonly train: Figures | null;
  /** The last evaluation; null before the first. */
  readonly test: (Figures & { readonly images: number; readonly neverPredicted: readonly string[] }) | null;
  /** The images of `test`: those that `--validation` held out of training, if it was given. */
  readonly evaluatedOn: 'test' | 'validation';
  /** Training time. */
  readonly seconds: number;
};

/** A run's result: its progress comes from its checkpoint, its figures from its `metrics.jsonl`. */
export function runResult(
  {
    folder,
    length: { steps },
    settings,
  }: {
    readonly folder: string;
    readonly length: { readonly steps: number };
    readonly settings: { readonly validation?: number };
  },
  step: number,
): RunResult {
  const lines = readMetrics(folder);
  const epoch = lines.findLast((line): line is FiguresLine => line.type === 'epoch');
  const evaluation = lines.findLast((line): line is FiguresLine => line.type === 'evaluation');
  return {
    folder,
    finished: step === steps && evaluation?.step === steps,
    step,
    steps,
    train: epoch === undefined ? null : figures(epoch),
    test: evaluation === undefined ? null : testFigures(evaluation),
    evaluatedOn: settings.validation === undefined ? 'test' : 'validation',
    seconds: lines.at(-1)?.seconds ?? 0,
  };
}

function testFigures(line: FiguresLine): NonNullable<RunResult['test']> {
  return { ...figures(line), images: line.images ?? 0, neverPredicted: line.neverPredicted ?? [] };
}

function figures({ loss, accuracy }: FiguresLine): Figures {
  return { loss, accuracy };
}
