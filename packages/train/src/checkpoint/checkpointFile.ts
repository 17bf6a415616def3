import type { ModelSpec } from '@normlab/models';

/** The checkpoint itself: variables, optimizer state and metadata, protected by its own hash. */
export const checkpointFileName = 'checkpoint.safetensors';

/** A copy, for people and tools, of the metadata in the data file. */
export const checkpointNoteName = 'checkpoint.json';

/** `format` in a checkpoint. */
export const formatName = 'normlab-checkpoint';

/** The highest `version` that this code reads, and the version that it writes. */
export const formatVersion = 1;

/** What a checkpoint records about its run besides the state. */
export type CheckpointMeta = {
  /** The run's seed. */
  readonly seed: number;
  readonly spec: ModelSpec;
};

/** Where a checkpoint is read, and from which file, for messages. */
export type Source = { readonly where: string; readonly file: string };

/** The placeholder for the hash while the hash is computed: a file cannot contain its own hash. */
export const blankHash = '0'.repeat(64);

/** SHA-256 in hexadecimal. */
export type Sha256 = (bytes: Uint8Array) => string | Promise<string>;

/** The bytes with one hash replaced by another; both are 64 characters in the header. */
export function withHash(bytes: Uint8Array, hash: string, old: string): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  const length = Number(new DataView(copy.buffer).getBigUint64(0, true));
  // One character for each byte, so that a place in the text is a place in the bytes.
  const header = new TextDecoder('latin1').decode(copy.subarray(8, 8 + length));
  const at = header.indexOf(`"sha256":"${old}"`);
  if (at >= 0) copy.set(new TextEncoder().encode(`"sha256":"${hash}"`), 8 + at);
  return copy;
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export function canonicalJson(value: unknown, indent?: number): string {
  return JSON.stringify(
    value,
    (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    indent,
  );
}
