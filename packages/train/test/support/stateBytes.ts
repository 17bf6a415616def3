import { createHash } from 'node:crypto';
import type { TrainState } from '@normlab/train';

/** A text that differs if any bit of two states differs: a hash of each tensor, step, progress. */
export async function stateBytes({ params, stats, optimizer, step, progress }: TrainState): Promise<string> {
  const lines = [`step ${step}`, `progress ${progress?.loss} ${progress?.correct} ${progress?.images}`];
  for (const [group, record] of Object.entries({ params, stats, optimizer })) {
    for (const [path, tensor] of Object.entries(record)) {
      const hash = createHash('sha256').update(Float32Array.from(await tensor.data()));
      lines.push(`${group}/${path} [${tensor.shape}] ${hash.digest('hex').slice(0, 16)}`);
    }
  }
  return lines.sort().join('\n');
}
