import { readFile, writeFile } from 'node:fs/promises';

/**
 * The most memory that a process has had resident since {@link resetPeak}, in bytes; undefined where the system does not
 * tell (it is Linux's VmHWM).
 */
export async function peakBytes(processId: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${processId}/status`, 'utf8').catch(() => '');
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

export async function resetPeak(processId: number): Promise<void> {
  await writeFile(`/proc/${processId}/clear_refs`, '5').catch(() => {});
}
