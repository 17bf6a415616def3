// Measures what a step, an evaluation and the start of the recipes for CPUs take, and adds it to timings.json:
//   npm run build && node docs/evidence/cpu-recipes/measure.mjs [names of recipes …]
// Times are CPU seconds of one thread: what else a machine does adds little to them, and a second thread only shortens
// the clock's. They do not depend on what the pictures show: noise stands in for CIFAR-10 and CIFAR-100, and is learned
// at a rate at which nothing diverges.
import { spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const normlab = fileURLToPath(new URL('../../../apps/trainer/bin/normlab.js', import.meta.url));
const timingsFile = new URL('timings.json', import.meta.url);

/** Three runs, of which each differs from the first in one thing. */
const few = { steps: 2, images: 250 };
const moreSteps = { ...few, steps: 8 };
const moreImages = { ...few, images: 1250 };

/** Writes what the process took, when it ends. */
const hook = `data:text/javascript,import { writeFileSync } from 'node:fs';
process.on('exit', () => writeFileSync(process.env.USAGE_FILE, JSON.stringify(process.resourceUsage())));`;

/**
 * One of every kind: models, placements and activations as the tables pair them, and the wider head of CIFAR-100 under
 * the placement that costs most.
 */
const placements = {
  'all-cnn': ['bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  nin: ['bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  'resnet-29': ['none', 'bn', 'cbn-all', 'cbn-lconv-bn', 'cbn-lconv-nobn'],
  'resnet-101': ['bn', 'cbn-all', 'cbn-lconv-bn'],
};
const defaults = [
  ...Object.entries(placements).flatMap(([model, norms]) =>
    norms.map((norm) => `cpu/table-2/${model}-${norm}-cifar10`),
  ),
  ...Object.keys(placements).map((model) => `cpu/table-2/${model}-bn-cifar100`),
  ...['bn', 'cbn-lconv-nobn'].flatMap((norm) =>
    ['prelu', 'tanh'].map((activation) => `cpu/table-3/all-cnn-${norm}-${activation}`),
  ),
];

const names = process.argv.length > 2 ? process.argv.slice(2) : defaults;
const folder = mkdtempSync(join(tmpdir(), 'normlab-timings-'));
try {
  writeNoise(folder);
  const timings = existsSync(timingsFile) ? JSON.parse(readFileSync(timingsFile, 'utf8')) : {};
  for (const name of names) {
    timings[name] = measure(name);
    console.log(name, JSON.stringify(timings[name]));
    const sorted = Object.fromEntries(Object.entries(timings).sort(([a], [b]) => (a < b ? -1 : 1)));
    writeFileSync(timingsFile, `${JSON.stringify(sorted, null, 2)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function measure(recipe) {
  const load = loadavg()[0];
  const [base, long, wide] = [few, moreSteps, moreImages].map((size) => take(recipe, size));
  const step = (long.seconds - base.seconds) / (moreSteps.steps - few.steps);
  const image = (wide.seconds - base.seconds) / (moreImages.images - few.images);
  const { settings, backend, versions } = base.config;
  const { model, norm, width, activation = 'relu', dataset, batch } = settings;
  return {
    ...{ model, norm, width, activation, dataset, batch },
    stepSeconds: rounded(step),
    evaluationSeconds: rounded(10_000 * image),
    startSeconds: rounded(base.seconds - few.steps * step - few.images * image),
    mebibytes: Math.ceil(Math.max(base.mebibytes, wide.mebibytes)),
    ...{ load: rounded(load), cpu: cpus()[0].model.trim(), cores: cpus().length },
    ...{ backend: backend.description, node: versions.node, date: new Date().toISOString().slice(0, 10) },
  };
}

/** One run, and the CPU time that the whole process took. */
function take(recipe, { steps, images }) {
  const out = join(folder, 'run');
  const usage = join(folder, 'usage.json');
  const data = join(folder, recipe.includes('cifar100') ? 'cifar100' : 'cifar10');
  const size = ['--steps', `${steps}`, '--test-images', `${images}`, '--threads', '1', '--learning-rate', '1e-4'];
  const args = ['train', '--recipe', recipe, '--data', data, ...size, '--out', out];
  const run = spawnSync(process.execPath, ['--import', hook, normlab, ...args], {
    env: { ...process.env, USAGE_FILE: usage },
  });
  if (run.status !== 0) throw new Error(`${recipe}: ${run.stderr}`);
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(readFileSync(usage, 'utf8'));
  const config = JSON.parse(readFileSync(join(out, 'config.json'), 'utf8'));
  rmSync(out, { recursive: true });
  return { seconds: (userCPUTime + systemCPUTime) / 1e6, mebibytes: maxRSS / 1024, config };
}

function rounded(value) {
  return Number(value.toFixed(3));
}

/** Folders `cifar10` and `cifar100` of random records. */
function writeNoise(root) {
  const write = (name, records, classes) => {
    const bytes = randomFillSync(Buffer.alloc(records * (3072 + classes.length)));
    for (let record = 0; record < records; record++) {
      classes.forEach((count, at) => {
        bytes[record * (3072 + classes.length) + at] = record % count;
      });
    }
    writeFileSync(join(root, name), bytes);
  };
  mkdirSync(join(root, 'cifar10'));
  mkdirSync(join(root, 'cifar100'));
  for (const batch of [1, 2, 3, 4, 5]) write(`cifar10/data_batch_${batch}.bin`, 10_000, [10]);
  write('cifar10/test_batch.bin', 10_000, [10]);
  write('cifar100/train.bin', 50_000, [20, 100]);
  write('cifar100/test.bin', 10_000, [20, 100]);
}
