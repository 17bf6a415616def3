import { DataError, TrainError } from '@normlab/errors';
import { repeatedKey } from './repeatedKey.js';

/** The longest header that the format allows, in bytes. */
const longestHeader = 100_000_000;

/** The number types that normlab writes, by their names in the format. */
export type SafetensorsDtype = 'F32' | 'I32';

/** One named array of a safetensors file. */
export type SafetensorsEntry = {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
};

export type Safetensors = {
  readonly entries: Readonly<Record<string, SafetensorsEntry>>;
  /** Arbitrary strings besides the arrays, `__metadata__` in the file. */
  readonly metadata: Readonly<Record<string, string>>;
};

/**
 * Named arrays as the bytes of a safetensors file.
 *
 * 8 bytes of header length (little-endian), the header as JSON, padded with spaces to a multiple of 8, then the arrays
 * without gaps, little-endian. Names are sorted, so that equal contents give equal bytes.
 *
 * @throws TrainError for content that the format cannot hold, so that every written file can be read: an array named
 *   `__metadata__`, values that do not match dtype or shape, a name or string with half a surrogate pair, a header of
 *   more than 100 MB
 */
export function encodeSafetensors({ entries, metadata }: Safetensors): Uint8Array {
  const names = Object.keys(entries).sort();
  for (const name of names) checkEntry(name, entries[name]!);
  for (const text of Object.entries(metadata).flat()) checkText('a string of the metadata', text);
  let offset = 0;
  const described = names.map((name): [string, unknown] => {
    const { dtype, shape, values } = entries[name]!;
    const from = offset;
    offset += values.byteLength;
    return [name, { dtype, shape, data_offsets: [from, offset] }];
  });
  // Not by assignment, which would lose a name such as __proto__.
  const header = Object.fromEntries([['__metadata__', sortedByName(metadata)], ...described]);
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
  if (headerLength > longestHeader) {
    throw unwritable('the header', `take at most ${longestHeader} bytes`, headerLength);
  }
  const bytes = new Uint8Array(8 + headerLength + offset).fill(0x20, 8, 8 + headerLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true);
  bytes.set(text, 8);
  let at = 8 + headerLength;
  for (const name of names) {
    const { values } = entries[name]!;
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

/**
 * The arrays and strings of a safetensors file, copied out of its bytes.
 *
 * Refuses what the format forbids: a name twice in one object of the header, arrays that overlap, leave a gap or
 * do not fill the file, a header of more than 100 MB or one that does not begin with `{`.
 *
 * @param file name of the file, for errors
 * @throws DataError with the byte offset of the fault if the bytes are not a safetensors file, are too short or too
 *   long, or hold numbers of a type other than F32 and I32
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { metadata, described, start } = decodeHeader(bytes, file);
  const arrays = Object.entries(described).map(([name, value]): [string, Description] => {
    if (!isDescription(value)) {
      throw fault(file, `describe ${name} as F32 or I32 with shape and offsets`, 8, value);
    }
    const { shape, data_offsets: offsets } = value;
    const length = offsets[1] - offsets[0];
    if (length !== 4 * shape.reduce((product, size) => product * size, 1)) {
      throw fault(file, `give ${name} as many bytes as its shape [${shape}] needs`, 8, length);
    }
    return [name, value];
  });
  checkGapless(arrays, file);
  const end = start + Math.max(0, ...arrays.map(([, { data_offsets: offsets }]) => offsets[1]));
  if (end > bytes.length) throw cutShort(file, end, bytes);
  if (end !== bytes.length) throw fault(file, `end after ${end} bytes`, end, `${bytes.length} bytes`);
  const entries = arrays.map(([name, { dtype, shape, data_offsets: offsets }]) => {
    // Not bytes.slice: on a Buffer, which readFile returns, slice gives a view, not a copy.
    const copy = new Uint8Array(bytes.subarray(start + offsets[0], start + offsets[1])).buffer;
    const values = dtype === 'F32' ? new Float32Array(copy) : new Int32Array(copy);
    return [name, { dtype, shape, values }];
  });
  return { entries: Object.fromEntries(entries), metadata };
}

/** @throws DataError unless each array begins where the one before it ends, the first at 0 */
function checkGapless(described: readonly [string, Description][], file: string): void {
  const inOrder = described.toSorted(
    ([, { data_offsets: a }], [, { data_offsets: b }]) => a[0] - b[0] || a[1] - b[1],
  );
  let end = 0;
  for (const [name, { data_offsets: offsets }] of inOrder) {
    if (offsets[0] !== end) {
      throw fault(file, `have ${name} begin where the array before it ends, at ${end}`, 8, offsets[0]);
    }
    end = offsets[1];
  }
}

/**
 * The metadata strings of a safetensors file; its arrays are not checked.
 *
 * @throws DataError if the header is incomplete
 */
export function decodeMetadata(bytes: Uint8Array, file: string): Safetensors['metadata'] {
  return decodeHeader(bytes, file).metadata;
}

function decodeHeader(
  bytes: Uint8Array,
  file: string,
): { metadata: Record<string, string>; described: Record<string, unknown>; start: number } {
  if (bytes.length < 8) throw cutShort(file, 8, bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > bytes.length) throw cutShort(file, start, bytes);
  if (start > 8 + longestHeader) {
    throw fault(file, `have a header of at most ${longestHeader} bytes`, 0, start - 8);
  }
  const parsed = parseHeader(bytes.subarray(8, start));
  if (parsed === undefined) throw fault(file, 'be a safetensors file, with a header of JSON', 8);
  const { text, header } = parsed;
  const twice = repeatedKey(text);
  if (twice !== undefined) throw fault(file, 'have each name once in its header', 8, twice);
  const { __metadata__: metadata = {}, ...described } = header;
  if (!isStrings(metadata)) throw fault(file, 'have strings only in its __metadata__', 8);
  return { metadata, described, start };
}

function checkEntry(name: string, { dtype, shape, values }: SafetensorsEntry): void {
  checkText('the name of an array', name);
  if (name === '__metadata__') throw unwritable('the name of an array', 'not be that of the metadata', name);
  const isOfType = dtype === 'F32' ? values instanceof Float32Array : values instanceof Int32Array;
  if (!isOfType) throw unwritable(name, `be of type ${dtype}`, values.constructor.name);
  if (!isCounts(shape) || shape.reduce((product, size) => product * size, 1) !== values.length) {
    throw unwritable(name, `have as many values as its shape [${shape}] takes`, values.length);
  }
}

/** Half a surrogate pair cannot be encoded in UTF-8: other readers refuse it. */
function checkText(what: string, text: string): void {
  if (/\p{Surrogate}/u.test(text)) throw unwritable(what, 'be whole Unicode text', text);
}

function unwritable(what: string, rule: string, got: unknown): TrainError {
  return new TrainError({ where: 'encodeSafetensors', what, rule, got });
}

function fault(
  file: string,
  rule: string,
  byteOffset: number,
  got?: unknown,
  way: { readonly hint?: string } = {},
): DataError {
  return new DataError({ where: 'decodeSafetensors', what: file, rule, got, file, byteOffset, ...way });
}

function cutShort(file: string, wanted: number, { length }: Uint8Array): DataError {
  const way = { hint: 'it was cut short or is not a safetensors file: use another copy' };
  return fault(file, `hold the ${wanted} bytes that its header announces`, length, `${length} bytes`, way);
}

type Description = { dtype: SafetensorsDtype; shape: number[]; data_offsets: [number, number] };

/** The header; undefined if it is not UTF-8, does not begin as the format requires, or is no JSON. */
function parseHeader(bytes: Uint8Array): { text: string; header: Record<string, unknown> } | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    // JSON that begins with a brace is an object.
    return text.startsWith('{') ? { text, header: JSON.parse(text) } : undefined;
  } catch {
    return undefined;
  }
}

function isDescription(value: unknown): value is Description {
  if (!isRecord(value)) return false;
  const { dtype, shape, data_offsets: offsets } = value;
  return (
    (dtype === 'F32' || dtype === 'I32') &&
    isCounts(shape) &&
    isCounts(offsets) &&
    offsets.length === 2 &&
    offsets[0]! <= offsets[1]!
  );
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

function isStrings(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((text) => typeof text === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sortedByName(strings: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(strings).sort(([a], [b]) => (a < b ? -1 : 1)));
}
