import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/**
 * How many threads can run at once: the cores that the process may use, or fewer where a container's CPU quota allows
 * fewer. Node 22 and newer count the quota themselves.
 */
export function usableCores(): number {
  const quota = process.platform === 'linux' ? cpuQuota(readIfThere) : undefined;
  return Math.max(1, Math.min(availableParallelism(), Math.floor(quota ?? Number.POSITIVE_INFINITY)));
}

/**
 * The CPU quota of the process in cores: the smallest quota / period of its control groups and their ancestors;
 * undefined without a quota.
 *
 * cgroups v2 have `quota period` in `cpu.max` (quota `max` for none); cgroups v1 have `cpu.cfs_quota_us` (−1 for none)
 * and `cpu.cfs_period_us`. All are in microseconds. In a container, the paths in `/proc/self/cgroup` may be those of
 * the host, of which only the root is mounted, so missing files are skipped.
 *
 * @param read returns a file's text, or undefined if there is no such file
 */
export function cpuQuota(read: (file: string) => string | undefined): number | undefined {
  const quotas = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    const upwards = pathsUpwards(path);
    if (controllers === '') {
      return upwards.map((each) => ratio(...words(read(`/sys/fs/cgroup${each}/cpu.max`))));
    }
    if (!controllers.split(',').includes('cpu')) return [];
    return ['cpu', controllers].flatMap((mount) =>
      upwards.map((each) => {
        const file = `/sys/fs/cgroup/${mount}${each}/cpu.cfs`;
        return ratio(...words(read(`${file}_quota_us`)), ...words(read(`${file}_period_us`)));
      }),
    );
  });
  const limits = quotas.filter((quota) => quota !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** A path and its ancestors: `/a/b`, `/a`, and '' for the root. */
function pathsUpwards(path: string): string[] {
  const parts = path.split('/').filter((part) => part !== '');
  return [...parts.map((_, index) => `/${parts.slice(0, parts.length - index).join('/')}`), ''];
}

function words(text = ''): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

function ratio(quota?: string, period?: string): number | undefined {
  const share = Number(quota) / Number(period);
  return Number.isFinite(share) && share > 0 ? share : undefined;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
