import { readFileSync } from 'node:fs';
import { countParams, type NetworkName, network, networkNames, placements, summarize } from '@normlab/models';
import { expect, it, vi } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

it('the README shows the example that this test runs', async () => {
  expect(read('../README.md')).toContain(read('examples/readme.ts'));
  const log = vi.spyOn(console, 'log').mockReturnValue();
  const table = vi.spyOn(console, 'table').mockReturnValue();
  await import('./examples/readme.js');
  expect(log.mock.calls).toEqual([
    [{ trainable: 108_648, statistics: 624, bytes: 434_592 }],
    [
      [8, 10],
      [8, 10],
      [8, 10],
    ],
  ]);
  log.mockRestore();
  table.mockRestore();
});

it('the README’s table of networks equals the counts', () => {
  expect(read('../README.md')).toContain(networkNames.map(row).join('\n'));
  for (const placement of placements) expect(read('../README.md')).toContain(`\`${placement}\``);
});

function row(name: NetworkName): string {
  const made: Record<NetworkName, string> = {
    'all-cnn': 'ALL-CNN | `allCnn()`',
    nin: 'NIN | `nin()`',
    'resnet-29': 'ResNet-29 | `resnet({ depth: 29 })`',
    'resnet-101': 'ResNet-101 | `resnet({ depth: 101 })`',
  };
  const counts = (['none', 'bn', 'cbn-lconv-bn'] as const).map((norm) =>
    grouped(countParams(network(name, { norm })).trainable),
  );
  const macs = summarize(network(name)).reduce((sum, each) => sum + each.macs, 0);
  const [height, width] = network(name).input;
  return `| ${made[name]} | ${height}×${width} | ${counts.join(' | ')} | ${Math.round(macs / 1e6)} M |`;
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
