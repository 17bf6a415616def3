import { open } from 'node:fs/promises';
import { join } from 'node:path';

/** More bytes than any two lines of metrics. */
const tail = 2048;

/**
 * Steps done according to the end of a run's `metrics.jsonl`; 0 if there is no such file. Reads only the end: reading
 * the whole logs of a hundred runs takes seconds.
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
