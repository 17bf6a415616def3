import { availableParallelism } from 'node:os';
import { expect, it } from 'vitest';
import { cpuQuota, usableCores } from '../src/usableCores.js';

it.each<[string, Record<string, string>, number | undefined]>([
  ['version 2', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': '150000 100000\n' }, 1.5],
  ['version 2, none', { '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' }, undefined],
  [
    'version 2, the smallest of its ancestors',
    {
      '/proc/self/cgroup': '0::/a/b\n',
      '/sys/fs/cgroup/a/b/cpu.max': 'max 100000\n',
      '/sys/fs/cgroup/a/cpu.max': '200000 100000\n',
      '/sys/fs/cgroup/cpu.max': '400000 100000\n',
    },
    2,
  ],
  [
    'version 1',
    {
      '/proc/self/cgroup': '5:memory:/x\n4:cpu,cpuacct:/x\n',
      '/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us': '300000\n',
      '/sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us': '100000\n',
    },
    3,
  ],
  [
    'version 1, where only the container’s root is mounted',
    {
      '/proc/self/cgroup': '4:cpu,cpuacct:/docker/0123\n0::/docker/0123\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '50000\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    0.5,
  ],
  [
    'version 1, none',
    {
      '/proc/self/cgroup': '4:cpu:/\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n',
      '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
    },
    undefined,
  ],
  ['no control groups', {}, undefined],
  ['malformed files', { '/proc/self/cgroup': 'x\n0::/\n', '/sys/fs/cgroup/cpu.max': 'x' }, undefined],
])('cpuQuota of %s', (_, files, quota) => {
  expect(cpuQuota((file) => files[file])).toBe(quota);
});

it('usableCores is at least 1 and at most what Node says', () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1);
  expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
  expect(Number.isInteger(usableCores())).toBe(true);
});
