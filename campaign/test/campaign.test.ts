import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Campaign, type OpenCampaign, runCampaign } from '../src/campaign.js';
import { reliabilityDocument } from '../src/document.js';
import { parseOptions } from '../src/options.js';
import { addResult, readResults } from '../src/results.js';

const folder = mkdtempSync(join(tmpdir(), 'normlab-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each trial counts 2; trial 3 finds a fault. */
const open: OpenCampaign = {
  total: 5,
  trial: async (index) => ({ counts: { tries: 2 }, faults: index === 3 ? ['broken'] : [] }),
  close: async () => {},
};

const forever = { minutes: Number.POSITIVE_INFINITY };

describe('runCampaign', () => {
  it('does the trials from the first on, around and around, and adds up', async () => {
    const said: string[] = [];
    const run = await runCampaign(open, 2, { count: 8, ...forever }, (text) => said.push(text));
    expect(run).toMatchObject({
      trials: [2, 10],
      counts: { tries: 16 },
      faults: [
        { trial: 3, fault: 'broken' },
        { trial: 8, fault: 'broken' },
      ],
    });
    expect(said).toContain('trial 3: broken');
  });

  it('ends when its time is over', async () => {
    const run = await runCampaign(open, 0, { count: Number.POSITIVE_INFINITY, minutes: 0 }, () => {});
    expect(run.trials).toEqual([0, 0]);
  });
});

it('results are kept, and made into a page', async () => {
  const campaign: Campaign = { about: 'tries | things', short: 1, open: async () => open };
  for (const first of [0, 4]) {
    addResult(folder, 'tries', await runCampaign(open, first, { count: 4, ...forever }, () => {}));
  }
  const results = readResults(folder, 'tries');
  expect(results.map(({ trials }) => trials)).toEqual([
    [0, 4],
    [4, 8],
  ]);
  const page = reliabilityDocument([
    { name: 'tries', campaign, results },
    { name: 'never', campaign, results: [] },
  ]);
  expect(page).toContain('| `tries` | tries \\| things | 8 | 1 | 0 |');
  expect(page).toContain('| tries | 16 |');
  expect(page).toContain('- trial 3: broken');
  expect(page).not.toContain('never');
});

describe('parseOptions', () => {
  it('reads names and numbers', () => {
    expect(parseOptions(['kills', '--count', '3', '--minutes', '0.5'], ['kills'])).toMatchObject({
      names: ['kills'],
      count: 3,
      minutes: 0.5,
      first: undefined,
    });
  });

  it.each([
    [['kill'], 'did you mean "kills"?'],
    [['--count', 'many'], '--count must be a number ≥ 0, got "many"'],
    [['--minutes', '-1'], '--minutes'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args, ['kills'])).toThrow(message);
  });
});
