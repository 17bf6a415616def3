import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordings } from '@normlab/experiments';
import { expect, it } from 'vitest';
import { writeRecordings } from '../../src/listeners/writeRecordings.js';
import { normlab, temporaryFolder, tiny } from './spawnNormlab.js';

it('--record norms writes each gain and bias at each checkpoint, once, also where a run goes on', async () => {
  const folder = temporaryFolder();
  const file = join(folder, 'run/recordings.jsonl');
  const first = await normlab(
    ['train', ...tiny, '--norm', 'bn', '--record', 'norms', '--out', 'run'],
    folder,
  );
  expect({ status: first.status, stderr: first.stderr }).toEqual({ status: 0, stderr: '' });
  const text = readFileSync(file, 'utf8');
  const lines = parseRecordings('run', text).filter((line) => line.type === 'norm');
  // Two checkpoints, nine norms, gain and bias of each; channels are 3 and 6, and 10 in the last.
  expect(lines.map(({ step }) => step)).toEqual([...new Array(18).fill(4), ...new Array(18).fill(8)]);
  expect(new Set(lines.map(({ layer, variable }) => `${layer} ${variable}`)).size).toBe(18);
  for (const { drift, min, max, variable, counts } of lines) {
    const still = variable === 'gain' ? 1 : 0;
    expect(drift).toBeGreaterThan(0);
    expect(drift).toBeLessThanOrEqual(Math.max(Math.abs(min - still), Math.abs(max - still)));
    expect(counts.reduce((sum, count) => sum + count)).toBeOneOf([3, 6, 10]);
  }
  const report = await normlab(['report', '.', '--json'], folder);
  const { claims } = JSON.parse(report.stdout);
  expect(claims.map(({ claim, n }: Record<string, number>) => [claim, n])).toEqual([
    [6, 1],
    [7, 1],
  ]);

  // As a process leaves it that was killed between a recording and its checkpoint, and in the middle of a line.
  appendFileSync(file, '{"type":');
  writeRecordings(join(folder, 'run'), 4);
  expect(parseRecordings('run', readFileSync(file, 'utf8')).map(({ step }) => step)).toEqual(
    new Array(18).fill(4),
  );
});
