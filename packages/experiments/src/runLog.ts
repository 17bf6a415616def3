import { DataError } from '@normlab/errors';
import { z } from 'zod';
import type { Settings } from './experiment.js';

/** The state of a run. An `interrupted` run can be resumed; `diverged` is a result. */
export type RunState = 'done' | 'running' | 'interrupted' | 'diverged';

// Loose, since a run of a later version may have more fields.
const headSchema = z.looseObject({
  settings: z.record(
    z.string(),
    z.union([z.string(), z.number(), z.boolean(), z.array(z.number()), z.array(z.string())]),
  ),
  length: z.looseObject({ steps: z.number(), stepsPerEpoch: z.number() }),
  dataset: z.looseObject({
    trainImages: z.number(),
    testImages: z.number(),
    classes: z.array(z.string()),
    sha256: z.string(),
    trainPerClass: z.array(z.number()).exactOptional(),
  }),
  spec: z.looseObject({ layers: z.array(z.looseObject({ type: z.string() })) }).exactOptional(),
  backend: z.looseObject({ name: z.string(), description: z.string() }),
  versions: z.record(z.string(), z.string()),
  provenance: z
    .looseObject({ started: z.string(), host: z.string(), commit: z.string().exactOptional() })
    .exactOptional(),
});

/** The part of `config.json` that statistics and reports need. */
export type RunHead = {
  readonly settings: Settings;
  readonly length: { readonly steps: number; readonly stepsPerEpoch: number };
  readonly dataset: {
    readonly trainImages: number;
    readonly testImages: number;
    readonly classes: readonly string[];
    readonly sha256: string;
    /** Training images of each class, in the order of `classes`; absent in older runs. */
    readonly trainPerClass?: readonly number[];
  };
  /** The network, as far as its layers are looked at; absent in logs that do not keep it. */
  readonly spec?: { readonly layers: readonly { readonly type: string; readonly [key: string]: unknown }[] };
  readonly backend: { readonly name: string; readonly description: string };
  readonly versions: Readonly<Record<string, string>>;
  /** When and where the run was started, from which commit; absent in older runs. */
  readonly provenance?: { readonly started: string; readonly host: string; readonly commit?: string };
};

/** A point of a run's curves: the values after a step. */
export type CurvePoint = {
  readonly step: number;
  readonly loss: number;
  readonly accuracy: number;
  /** Training time so far. */
  readonly seconds: number;
};

/** An evaluation on the test images. */
export type EvaluationPoint = CurvePoint & {
  readonly images: number;
  /** Classes that were predicted for no image; absent in logs that do not record them. */
  readonly neverPredicted?: readonly string[];
};

/** The contents of a run's folder: its configuration, its curves, its state. */
export type RunLog = {
  readonly name: string;
  readonly head: RunHead;
  readonly state: RunState;
  /** Steps done. */
  readonly step: number;
  /** Means over each epoch while training. */
  readonly epochs: readonly CurvePoint[];
  readonly evaluations: readonly EvaluationPoint[];
  /** Median seconds per step; null where the log has no steps, as in a thinned log. */
  readonly secondsPerStep: number | null;
  /** Why the run diverged. */
  readonly reason?: string;
};

/** The files of a run's folder, as text. */
export type RunTexts = {
  readonly name: string;
  /** `config.json`. */
  readonly config: string;
  /** `metrics.jsonl`, complete or thinned to its epochs and evaluations. */
  readonly metrics: string;
  /** Whether a process is writing to the folder. */
  readonly isRunning?: boolean;
};

/**
 * Parses the files of a run's folder.
 *
 * An incomplete last line, which a killed process may leave, is ignored. A run is done when it has the evaluation of
 * its last step, and has diverged when its log says so or a loss is not finite.
 *
 * @throws DataError if `config.json` is not a run's or a line other than the last is no JSON
 */
export function parseRunLog({ name, config, metrics, isRunning = false }: RunTexts): RunLog {
  const head = parseHead(name, config);
  const lines = parseLines(name, metrics);
  const diverged = lines.find(({ type, loss }) => type === 'diverged' || loss === null);
  const evaluations = lines.filter(isEvaluation).map(evaluationOf);
  const isDone = evaluations.at(-1)?.step === head.length.steps;
  const state = diverged !== undefined ? 'diverged' : isDone ? 'done' : isRunning ? 'running' : 'interrupted';
  return {
    name,
    head,
    state,
    step: lines.at(-1)?.step ?? 0,
    epochs: lines.filter(({ type }) => type === 'epoch').map(pointOf),
    evaluations,
    secondsPerStep: medianStep(lines),
    ...(diverged !== undefined && { reason: diverged.reason ?? `loss not finite at step ${diverged.step}` }),
  };
}

/** The fields of a line of metrics that are read. */
type Line = {
  readonly type: string;
  readonly step: number;
  readonly loss?: number | null;
  readonly accuracy?: number | null;
  readonly seconds?: number;
  readonly images?: number;
  readonly neverPredicted?: readonly string[];
  readonly reason?: string;
};

function parseHead(name: string, config: string): RunHead {
  const what = `${name}/config.json`;
  const result = headSchema.safeParse(parseJson(what, config));
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const rule = `be a run's configuration; ${issue.path.join('.') || 'it'}: ${issue.message}`;
  throw new DataError({ where: 'run log', what, rule });
}

function parseLines(name: string, metrics: string): Line[] {
  const texts = metrics.split('\n');
  // After the last newline is an incomplete line, or nothing.
  texts.pop();
  return texts.filter((text) => text !== '').map((text, index) => parseLine(name, text, index));
}

function parseLine(name: string, text: string, index: number): Line {
  const what = `${name}/metrics.jsonl, line ${index + 1}`;
  const line = parseJson(what, text);
  // Checked without a schema, for speed: a folder of 500 runs has millions of lines.
  if (isLine(line)) return line;
  throw new DataError({ where: 'run log', what, rule: 'be a line of metrics with type and step' });
}

function isLine(line: unknown): line is Line {
  if (typeof line !== 'object' || line === null) return false;
  const has = (key: string, type: string) => {
    const value: unknown = Reflect.get(line, key);
    return value === undefined || value === null || typeof value === type;
  };
  return (
    typeof Reflect.get(line, 'type') === 'string' &&
    typeof Reflect.get(line, 'step') === 'number' &&
    ['loss', 'accuracy', 'seconds', 'images'].every((key) => has(key, 'number'))
  );
}

function parseJson(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : cause;
    throw new DataError({ where: 'run log', what, rule: 'hold JSON', got }, { cause });
  }
}

function isEvaluation({ type, loss }: Line): boolean {
  return type === 'evaluation' && typeof loss === 'number';
}

function pointOf({ step, loss, accuracy, seconds = 0 }: Line): CurvePoint {
  return { step, loss: loss ?? Number.NaN, accuracy: accuracy ?? Number.NaN, seconds };
}

function evaluationOf(line: Line): EvaluationPoint {
  const { neverPredicted } = line;
  return {
    ...pointOf(line),
    images: line.images ?? 0,
    ...(neverPredicted !== undefined && { neverPredicted }),
  };
}

/**
 * The median time between adjacent steps: time between steps that an evaluation or a restart separates is not training.
 */
function medianStep(lines: readonly Line[]): number | null {
  const times: number[] = [];
  lines.forEach((line, index) => {
    const before = lines[index - 1];
    if (line.type === 'step' && before?.type === 'step' && line.step === before.step + 1) {
      times.push((line.seconds ?? 0) - (before.seconds ?? 0));
    }
  });
  if (times.length === 0) return null;
  times.sort((a, b) => a - b);
  const middle = Math.floor(times.length / 2);
  return times.length % 2 === 1 ? times[middle]! : (times[middle - 1]! + times[middle]!) / 2;
}
