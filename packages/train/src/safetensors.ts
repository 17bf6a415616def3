import { DataError } from '@normlab/errors';

/** The types of numbers that normlab writes, by their names in the format. */
export type SafetensorsDtype = 'F32' | 'I32';

/** One named array of a safetensors file. */
export type SafetensorsEntry = {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
};

export type Safetensors = {
  readonly entries: Readonly<Record<string, SafetensorsEntry>>;
  /** Free strings beside the arrays, `__metadata__` in the file. */
  readonly metadata: Readonly<Record<string, string>>;
};

/**
 * Named arrays as the bytes of a safetensors file.
 *
 * 8 bytes of header length (little-endian), the header as JSON, filled with spaces to a multiple of 8,
 * then the arrays without gaps, little-endian. Names are sorted, so that equal contents give equal bytes.
 */
export function encodeSafetensors({ entries, metadata }: Safetensors): Uint8Array {
  const names = Object.keys(entries).sort();
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: sortedByName(metadata) };
  for (const name of names) {
    const { dtype, shape, values } = entries[name]!;
    header[name] = { dtype, shape, data_offsets: [offset, offset + values.byteLength] };
    offset += values.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(text.length / 8) * 8;
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
 * @param file name of the file, for errors
 * @throws DataError with the byte offset of the fault if the bytes are no such file, are cut short or go
 * on too long, or hold numbers of another type than F32 and I32
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { metadata, described, start } = decodeHeader(bytes, file);
  const entries: Record<string, SafetensorsEntry> = {};
  let end = start;
  for (const [name, value] of Object.entries(described)) {
    if (!isDescription(value)) {
      throw fault(file, `describe ${name} by F32 or I32, shape and offsets`, 8, value);
    }
    const { dtype, shape, data_offsets: offsets } = value;
    const [from, to] = [start + offsets[0], start + offsets[1]];
    if (to - from !== 4 * shape.reduce((product, size) => product * size, 1)) {
      throw fault(file, `give ${name} as many bytes as its shape [${shape}] takes`, 8, to - from);
    }
    if (to > bytes.length) throw cutShort(file, to, bytes);
    // Not bytes.slice: on a Buffer, as readFile gives it, that is a view and no copy.
    const copy = new Uint8Array(bytes.subarray(from, to)).buffer;
    entries[name] = { dtype, shape, values: dtype === 'F32' ? new Float32Array(copy) : new Int32Array(copy) };
    end = Math.max(end, to);
  }
  if (end !== bytes.length) throw fault(file, `end after ${end} bytes`, end, `${bytes.length} bytes`);
  return { entries, metadata };
}

/**
 * The strings of a safetensors file, whatever its arrays are.
 *
 * @throws DataError if the header is not whole
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
  const header = parseHeader(bytes.subarray(8, start));
  if (header === undefined) throw fault(file, 'be a safetensors file, with a header of JSON', 8);
  const { __metadata__: metadata = {}, ...described } = header;
  if (!isStrings(metadata)) throw fault(file, 'have strings only in its __metadata__', 8);
  return { metadata, described, start };
}

function fault(file: string, rule: string, byteOffset: number, got?: unknown, hint?: string): DataError {
  const way = hint === undefined ? {} : { hint };
  return new DataError({ where: 'decodeSafetensors', what: file, rule, got, file, byteOffset, ...way });
}

function cutShort(file: string, wanted: number, { length }: Uint8Array): DataError {
  const hint = 'it was cut short or is no safetensors file: take another copy';
  return fault(file, `hold the ${wanted} bytes that its header tells of`, length, `${length} bytes`, hint);
}

type Description = { dtype: SafetensorsDtype; shape: number[]; data_offsets: [number, number] };

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isRecord(header) ? header : undefined;
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
  return Array.isArray(value) && value.every((count) => Number.isInteger(count) && count >= 0);
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
