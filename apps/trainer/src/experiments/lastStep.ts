import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** More bytes than two lines of metrics usually have; an evaluation that names hundreds of classes has more. */
const usualTail = 2048;

/**
 * Steps done according to the end of a run's `metrics.jsonl`; 0 if there is no such file. Reads no more of the end than
 * it needs: reading the whole logs of a hundred runs takes seconds.
 */
export async function lastStep(folder: string): Promise<number> {
  try {
    const file = await open(join(folder, 'metrics.jsonl'));
    try {
      const { size } = await file.stat();
      for (let tail = usualTail; ; tail *= 2) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(tail), 0, tail, Math.max(0, size - tail));
        const found = [...buffer.toString('utf8', 0, bytesRead).matchAll(/"step":(\d+)[^\n]*\n/g)].at(-1);
        if (found !== undefined) return Number(found[1]);
        if (tail >= size) return 0;
      }
    } finally {
      await file.close();
    }
  } catch {
    return 0;
  }
}
