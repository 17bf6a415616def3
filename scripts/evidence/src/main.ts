import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { writeWhole } from '@normlab/files';
import { evidence, evidenceFolders, pytorchPair, reportOf, writeReportOf } from './evidenceFolders.js';
import { withReports } from './evidencePage.js';
import { keepRuns } from './keepRuns.js';
import { retrain } from './retrain.js';

/**
 * Rounding differs between processors with and without fused multiply-add, and grows over an epoch: figures then agree
 * to this much. The same kind of processor gives the same bits.
 */
const bound = 0.05;

const usage = `npm run evidence                        reports, figures and docs/evidence/README.md from the committed logs
npm run evidence -- keep RUNS FOLDER   copy the logs of all runs that are over from RUNS to docs/evidence/FOLDER
npm run evidence -- retrain IMAGES [SEED]   train the first epoch of two committed runs again, chosen by the seed
`;

const [command, from, name, ...more] = process.argv.slice(2);
if (command === undefined) await writeAll();
else if (command === 'keep' && from !== undefined && name !== undefined && more.length === 0) {
  // npm runs scripts in the workspace's folder; INIT_CWD is the folder in which npm was called.
  const to = join(evidence, name);
  if (existsSync(join(to, 'experiment.json'))) {
    const kept = await keepRuns(resolve(process.env.INIT_CWD ?? '', from), to);
    process.stdout.write(`${kept.length} runs kept in docs/evidence/${name}: ${kept.join(', ')}\n`);
  } else {
    process.stderr.write(
      `docs/evidence/${name} has no experiment.json. FOLDER is a name in docs/evidence.\n`,
    );
    process.exitCode = 2;
  }
} else if (command === 'retrain' && from !== undefined && more.length === 0) {
  await retrainTwo(resolve(process.env.INIT_CWD ?? '', from), Number(name ?? 1));
} else {
  process.stderr.write(usage);
  process.exitCode = 2;
}

async function retrainTwo(images: string, seed: number): Promise<void> {
  const say = (line: string) => process.stderr.write(`${line}\n`);
  for (const { run, committed, again } of await retrain(images, { seed, count: 2, say })) {
    const largest = Math.max(...committed.map((value, index) => Math.abs(value - again[index]!)));
    const words = largest === 0 ? 'the same bits' : `differs by up to ${largest.toPrecision(2)}`;
    process.stdout.write(
      `${relative(evidence, run)}: loss ${again[0]}, test accuracy ${again[3]}: ${words}\n`,
    );
    if (!(largest <= bound)) {
      process.stderr.write(`${run}: more than ${bound} from the committed first epoch\n`);
      process.exitCode = 1;
    }
  }
}

async function writeAll(): Promise<void> {
  const folders = evidenceFolders();
  const page = await readFile(join(evidence, 'README.md'), 'utf8');
  for (const folder of folders) {
    writeReportOf(folder);
    await keepShown(`${folder}/figures`, page);
  }
  const reports = await Promise.all(folders.map(reportOf));
  const content = withReports(page, reports, pytorchPair(reports));
  await writeWhole(evidence, [{ name: 'README.md', content }], { survives: 'kill' });
  process.stdout.write(`docs/evidence/README.md, and the reports of ${folders.join(', ')}\n`);
}

/** The report has every figure; beside it stay those that the page shows. */
async function keepShown(figures: string, page: string): Promise<void> {
  for (const name of await readdir(join(evidence, figures))) {
    if (!page.includes(`${figures}/${name}`)) await rm(join(evidence, figures, name));
  }
}
