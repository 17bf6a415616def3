import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** Longer than any two lines of metrics. */
const tail = 2048;

/**
 * Steps done as the end of a run's `metrics.jsonl` says; 0 where there is none. Reads the end alone: a whole log takes
 * seconds for a hundred runs.
 */
export async function lastStep(folder: string): Promise<number> {
  try {
    const file = await open(join(folder, 'metrics.jsonl'));
    try {
      const { size } = await file.stat();
      const { buffer, bytesRead } = await file.read(Buffer.alloc(tail), 0, tail, Math.max(0, size - tail));
      const found = [...buffer.toString('utf8', 0, bytesRead).matchAll(/"step":(\d+)[^\n]*\n/g)].at(-1);
      return found === undefined ? 0 : Number(found[1]);
    } finally {
      await file.close();
    }
  } catch {
    return 0;
  }
}
