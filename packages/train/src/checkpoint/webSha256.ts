import { TrainError } from '@normlab/errors';
import type { Sha256 } from './checkpointFile.js';

/**
 * SHA-256 by Web Crypto, which Node, workers and pages have.
 *
 * @throws TrainError where it is missing: browsers leave it out of pages loaded over http from another machine
 */
export function webSha256(where: string): Sha256 {
  const subtle = globalThis.crypto?.subtle;
  if (subtle === undefined) {
    const hint = 'load the page over https, or from localhost';
    throw new TrainError({ where, what: 'crypto.subtle', rule: 'exist', got: 'none', hint });
  }
  return async (bytes) => {
    const hash = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
    return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
  };
}
