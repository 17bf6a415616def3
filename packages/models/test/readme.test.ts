import { readFileSync } from 'node:fs';
import {
  allCnn,
  countParams,
  type NetworkName,
  network,
  networkNames,
  parseSpec,
  placements,
  summarize,
} from '@normlab/models';
import { messageOf } from '@normlab/testing';
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

it('parseSpec gives the messages that the README shows', async () => {
  const spec = allCnn();
  const changed = (index: number, change: object): object[] =>
    spec.layers.map((layer, at) => (at === index ? { ...layer, ...change } : layer));
  const pool = spec.layers.at(-1)!;
  const huge = 2 ** 21;
  const faulty = [
    { ...spec, layers: changed(3, { channels: '96' }) },
    { ...spec, layers: changed(5, { type: 'residuals' }) },
    { ...spec, layers: changed(0, { kernel: 25, padding: 'valid' }) },
    {
      ...spec,
      input: [1, 1, 3],
      classes: huge,
      layers: [...changed(3, { channels: huge }).slice(0, 4), pool],
    },
  ];
  const messages = await Promise.all(faulty.map((each) => messageOf(() => parseSpec(each))));
  expect(read('../README.md')).toContain(
    ['```', ...messages.map((each) => each.replace('SpecError: ', '')), '```'].join('\n'),
  );
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
