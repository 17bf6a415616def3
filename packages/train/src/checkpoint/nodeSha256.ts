import { createHash } from 'node:crypto';
import { updateHash } from '@normlab/files';
import type { Sha256 } from './checkpointFile.js';

/** SHA-256 by `node:crypto`, of any number of bytes. */
export const nodeSha256 = ((bytes) => updateHash(createHash('sha256'), bytes).digest('hex')) satisfies Sha256;
