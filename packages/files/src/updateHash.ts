/** The part of the result of `createHash` that is needed here. */
type Updatable = { update(bytes: Uint8Array): unknown };

/** Node's hashes take at most 2³¹ − 1 bytes at once. */
const piece = 2 ** 30;

/** Updates a hash of `node:crypto` with any number of bytes. */
export function updateHash<Hash extends Updatable>(hash: Hash, bytes: Uint8Array): Hash {
  for (let from = 0; from < bytes.length; from += piece) hash.update(bytes.subarray(from, from + piece));
  return hash;
}
