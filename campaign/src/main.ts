import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NormlabError } from '@normlab/errors';
import { type Campaign, runCampaign } from './campaign.js';
import { countsTable, reliabilityDocument } from './document.js';
import { fuzz } from './fuzz.js';
import { kills } from './kills.js';
import { type Options, parseOptions } from './options.js';
import { addResult, readResults } from './results.js';
import { steady } from './steady.js';
import { systemCalls } from './systemCalls.js';

const campaigns: Readonly<Record<string, Campaign>> = { kills, systemCalls, fuzz, steady };

const usage = `npm run campaign -- [campaigns] [options]

${Object.entries(campaigns)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}

  --count N       trials of each campaign (a short run's; without it, --minutes alone decides)
  --minutes M     stop each campaign after so many minutes
  --first N       the number of the first trial (the one after the last that was done)
  --results DIR   folder of the results, one line of JSON per run (campaign/results)
  --doc FILE      write a page with the results of all runs

Exit status 1 if a trial found a fault.
`;

const defaultResults = fileURLToPath(new URL('../results', import.meta.url));

try {
  const options = parseOptions(process.argv.slice(2), Object.keys(campaigns));
  if (options.help) process.stdout.write(usage);
  else process.exitCode = await run(options);
} catch (error) {
  const isUsage = error instanceof NormlabError || (error instanceof TypeError && 'code' in error);
  process.stderr.write(`${error instanceof Error && !isUsage ? error.stack : String(error)}\n`);
  process.exitCode = isUsage ? 2 : 1;
}

async function run({
  names,
  count,
  minutes,
  first,
  results = defaultResults,
  doc,
}: Options): Promise<number> {
  let faults = 0;
  for (const name of names.length === 0 ? Object.keys(campaigns) : names) {
    const campaign = campaigns[name]!;
    const limits = {
      count: count ?? (minutes === undefined ? campaign.short : Number.POSITIVE_INFINITY),
      minutes: minutes ?? Number.POSITIVE_INFINITY,
    };
    if (limits.count === 0) continue;
    const open = await campaign.open();
    if (typeof open === 'string') {
      process.stdout.write(`SKIPPED ${name}: ${open}\n`);
      continue;
    }
    const from = first ?? readResults(results, name).at(-1)?.trials[1] ?? 0;
    try {
      const done = await runCampaign(open, from, limits, (text) =>
        process.stderr.write(`${name}: ${text}\n`),
      );
      addResult(results, name, done);
      faults += done.faults.length;
      const { trials, seconds, counts } = done;
      const title = `${name}: trials ${trials[0]} to ${trials[1] - 1}, ${done.faults.length} faults, ${seconds} s`;
      process.stdout.write(`${title}\n${countsTable(counts)}\n`);
    } finally {
      await open.close();
    }
  }
  if (doc !== undefined) {
    const all = Object.entries(campaigns).map(([name, campaign]) => ({
      name,
      campaign,
      results: readResults(results, name),
    }));
    writeFileSync(join(process.cwd(), doc), reliabilityDocument(all));
  }
  return faults === 0 ? 0 : 1;
}
