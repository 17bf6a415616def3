import { OptionError, refuseOthers } from '@normlab/errors';
import protobuf from 'protobufjs/minimal.js';
import { record } from './record.js';

/** A histogram: `counts[i]` values are in [edges[i], edges[i + 1]). */
export type HistogramValue = { readonly edges: readonly number[]; readonly counts: readonly number[] };

/** Moments of the values of a histogram, for a caller that knows them more exactly than the bins give them. */
export type HistogramMoments = {
  readonly min: number;
  readonly max: number;
  readonly sum: number;
  readonly sumSquares: number;
};

/** The time of an event: its step, and seconds since 1970. */
export type Moment = { readonly step: number; readonly wallTime: number };

/**
 * The record that every event file begins with.
 *
 * @returns bytes to append to a file named `events.out.tfevents.*`
 * @throws OptionError for a time that is not finite
 */
export function fileVersion(wallTime: number): Uint8Array {
  checkWallTime('fileVersion', wallTime);
  return encoded({ wallTime, fileVersion: 'brain.Event:2' });
}

/**
 * The record with which a run that is resumed at a step begins: TensorBoard then ignores this step and later ones in
 * the folder's earlier files, since the run repeats them.
 *
 * @throws OptionError for a step that is not an integer ≥ 0 or a time that is not finite
 */
export function sessionStart(moment: Moment): Uint8Array {
  checkMoment('sessionStart', moment);
  return encoded({ ...moment, sessionLog: { status: sessionStarted } });
}

const sessionStarted = 1;

/**
 * The scalars of one step as one record, in the form that every version of TensorBoard reads.
 *
 * @throws OptionError for a value that is not a number, a step that is not an integer ≥ 0, or a time that is not finite
 *
 * @example
 * ```ts
 * scalars({ 'loss/train': 0.5, 'accuracy/train': 0.8 }, { step: 10, wallTime: Date.now() / 1000 });
 * ```
 */
export function scalars(values: Readonly<Record<string, number>>, moment: Moment): Uint8Array {
  checkMoment('scalars', moment);
  const value = Object.entries(values).map(([tag, simpleValue]) => {
    if (typeof simpleValue !== 'number') {
      throw new OptionError({ where: 'scalars', what: tag, rule: 'be a number', got: simpleValue });
    }
    return { tag, simpleValue };
  });
  return encoded({ ...moment, summary: { value } });
}

/**
 * A histogram of one step as one record.
 *
 * TensorBoard's bins have only upper edges, so an empty bin is added before the first one to keep the first edge.
 * TensorBoard shows no empty bins at either end, and draws the first filled bin from `min` on and the last one up to `max`:
 * by default the outer edges of these two bins. Sums that are not given are computed from the middles of the bins.
 *
 * @throws OptionError unless the edges are finite and increase strictly, there is one more of them than counts, the counts
 *   are finite and ≥ 0, and the given moments are finite; for a moment that is unknown
 * @throws OptionError for a step that is not an integer ≥ 0 or a time that is not finite
 */
export function histogram(
  tag: string,
  { edges, counts }: HistogramValue,
  moment: Moment,
  moments: Partial<HistogramMoments> = {},
): Uint8Array {
  checkMoment('histogram', moment);
  checkBins({ edges, counts });
  const middles = counts.map((_, index) => (edges[index]! + edges[index + 1]!) / 2);
  const filled = counts.flatMap((count, index) => (count > 0 ? [index] : []));
  const [first = 0, last = counts.length - 1] = [filled[0], filled.at(-1)];
  const {
    min = edges[first]!,
    max = edges[last + 1]!,
    sum = total(counts.map((count, index) => count * middles[index]!)),
    sumSquares = total(counts.map((count, index) => count * middles[index]! ** 2)),
    ...others
  } = moments;
  refuseOthers('histogram', others, ['min', 'max', 'sum', 'sumSquares']);
  for (const [what, given] of Object.entries(moments)) {
    if (given !== undefined) checkFinite('histogram', what, given);
  }
  const bins = { num: total(counts), bucketLimit: [...edges], bucket: [0, ...counts] };
  const histo = { min, max, sum, sumSquares, ...bins };
  return encoded({ ...moment, summary: { value: [{ tag, histo }] } });
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function checkMoment(where: string, { step, wallTime }: Moment): void {
  if (!Number.isSafeInteger(step) || step < 0) {
    throw new OptionError({ where, what: 'step', rule: 'be an integer ≥ 0', got: step });
  }
  checkWallTime(where, wallTime);
}

function checkWallTime(where: string, wallTime: number): void {
  checkFinite(where, 'wallTime', wallTime, { hint: 'seconds since 1970: Date.now() / 1000' });
}

function checkFinite(where: string, what: string, got: number, way: { readonly hint?: string } = {}): void {
  if (!Number.isFinite(got)) throw new OptionError({ where, what, rule: 'be finite', got, ...way });
}

function checkBins({ edges, counts }: HistogramValue): void {
  const where = 'histogram';
  if (edges.length !== counts.length + 1 || counts.length === 0) {
    const rule = `have one more edge than counts, ${counts.length + 1}`;
    throw new OptionError({ where, what: 'edges', rule, got: edges.length });
  }
  for (const [index, edge] of edges.entries()) {
    const what = `edges[${index}]`;
    checkFinite(where, what, edge);
    if (index > 0 && edge <= edges[index - 1]!) {
      throw new OptionError({ where, what, rule: 'be greater than the previous edge', got: edge });
    }
  }
  for (const [index, count] of counts.entries()) {
    const what = `counts[${index}]`;
    checkFinite(where, what, count);
    if (count < 0) throw new OptionError({ where, what, rule: 'be ≥ 0', got: count });
  }
}

/** The fields of an event that are written here. */
type Event = Partial<Moment> & {
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly Value[] };
  readonly sessionLog?: { readonly status: number };
};

type Value = { readonly tag: string } & ({ readonly simpleValue: number } | { readonly histo: Histo });

type Histo = HistogramMoments & {
  readonly num: number;
  readonly bucketLimit: readonly number[];
  readonly bucket: readonly number[];
};

/**
 * A record with an event: the messages of tensorflow/core/util/event.proto and framework/summary.proto, by the numbers of
 * their fields.
 *
 * Written field by field, because protobufjs makes its own encoders by `Function`, which many pages' content security
 * policies forbid.
 */
function encoded({ wallTime, step, fileVersion: version, summary, sessionLog }: Event): Uint8Array {
  const event = protobuf.Writer.create();
  if (wallTime !== undefined) double(event, 1, wallTime);
  if (step !== undefined && step !== 0) event.uint32(tagOf(2, wire.varint)).int64(step);
  if (version !== undefined) event.uint32(tagOf(3, wire.length)).string(version);
  if (summary !== undefined) {
    event.uint32(tagOf(5, wire.length)).fork();
    for (const value of summary.value) writeValue(event.uint32(tagOf(1, wire.length)).fork(), value);
    event.ldelim();
  }
  if (sessionLog !== undefined) {
    const { status } = sessionLog;
    event.uint32(tagOf(7, wire.length)).fork().uint32(tagOf(1, wire.varint)).int32(status).ldelim();
  }
  return record(event.finish());
}

function writeValue(value: protobuf.Writer, given: Value): void {
  value.uint32(tagOf(1, wire.length)).string(given.tag);
  if ('histo' in given) writeHisto(value.uint32(tagOf(5, wire.length)).fork(), given.histo);
  else value.uint32(tagOf(2, wire.fixed32)).float(given.simpleValue);
  value.ldelim();
}

function writeHisto(histo: protobuf.Writer, given: Histo): void {
  const { min, max, num, sum, sumSquares, bucketLimit, bucket } = given;
  for (const [index, value] of [min, max, num, sum, sumSquares].entries()) double(histo, index + 1, value);
  for (const [index, values] of [bucketLimit, bucket].entries()) {
    histo.uint32(tagOf(index + 6, wire.length)).fork();
    for (const value of values) histo.double(value);
    histo.ldelim();
  }
  histo.ldelim();
}

/** How the bytes of a field are laid out. */
const wire = { varint: 0, fixed64: 1, length: 2, fixed32: 5 } as const;

function tagOf(field: number, type: (typeof wire)[keyof typeof wire]): number {
  return (field << 3) | type;
}

/** A field that is 0 is left out, as proto3 has it. */
function double(writer: protobuf.Writer, field: number, value: number): void {
  if (!Object.is(value, 0)) writer.uint32(tagOf(field, wire.fixed64)).double(value);
}
