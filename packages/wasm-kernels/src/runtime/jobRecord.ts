import type { JobLayout } from '#kernels';

type Value = number | boolean | string | readonly JobRecord[];
/** The fields of a record by name; the types of `Jobs` define the values of each. */
type JobRecord = { readonly [field: string]: Value };

/** Bytes of a record and of the lists after it. */
export function recordBytes({ bytes, fields }: JobLayout, record: JobRecord): number {
  let all = bytes;
  for (const field of fields) {
    if (field.type === 'list')
      all += lengthBytes + (record[field.name] as readonly JobRecord[]).length * field.of.bytes;
  }
  return all;
}

/**
 * Writes a record, followed by its lists, to an address: the other half of `assembly/job.ts`.
 *
 * @throws Error for a field without a value that its type allows
 */
export function writeRecord(memory: DataView, address: number, layout: JobLayout, record: JobRecord): void {
  let end = address + layout.bytes;
  for (const field of layout.fields) {
    const at = address + field.offset;
    const value = record[field.name];
    // The most frequent types first.
    if ((field.type === 'usize' || field.type === 'i32') && typeof value === 'number') {
      memory.setUint32(at, value, true);
    } else if (field.type === 'f32' && typeof value === 'number') {
      memory.setFloat32(at, value, true);
    } else if (field.type === 'bool' && typeof value === 'boolean') {
      memory.setUint8(at, Number(value));
    } else if (field.type === 'choice' && field.names.includes(value as string)) {
      memory.setInt32(at, field.names.indexOf(value as string), true);
    } else if (field.type === 'list' && Array.isArray(value)) {
      memory.setUint32(at, end, true);
      memory.setUint32(end, value.length, true);
      end += lengthBytes;
      for (const each of value) {
        writeRecord(memory, end, field.of, each);
        end += field.of.bytes;
      }
    } else {
      throw new Error(`the job's field ${field.name} must be a ${field.type}, got ${value}`);
    }
  }
}

/** A list begins with its length. */
const lengthBytes = 4;
