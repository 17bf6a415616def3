import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { OpenBackend } from '@normlab/backends';
import { allCnn } from '@normlab/models';
import { decodeSafetensors } from '@normlab/train';
import sharp from 'sharp';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PoolOptions } from '../../src/experiments/runPool.js';
import { describeCommands, runCommandLine } from '../../src/program.js';
import { type CommandName, commands, commonOptions } from '../../src/settings/commands.js';
import { flagOf } from '../../src/settings/option.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { type GivenFlags, itObeysEveryOption, type OptionCase } from './optionCases.js';

/** What the commands asked of the parts that are replaced here: they would open GPUs, train for long, or use the net. */
const asked = vi.hoisted(() => ({
  backend: undefined as string | undefined,
  pool: undefined as PoolOptions | undefined,
  url: undefined as unknown,
  from: undefined as unknown,
  suite: undefined as Readonly<Record<string, unknown>> | undefined,
}));

vi.mock('../../src/fromSettings/backend.js', async (original) => {
  const real = await original<typeof import('../../src/fromSettings/backend.js')>();
  return {
    openBackendOf: async (settings: Parameters<typeof real.openBackendOf>[0]): Promise<OpenBackend> => {
      const backend = await real.openBackendOf(settings);
      asked.backend = backend.description;
      return backend;
    },
  };
});
vi.mock('../../src/experiments/runPool.js', () => ({
  runPool: async (options: PoolOptions) => {
    asked.pool = options;
  },
}));
vi.mock('@normlab/datasets/node', async (original) => ({
  ...(await original<typeof import('@normlab/datasets/node')>()),
  download: async (_: string, dir: string, { url }: { url?: string }) => {
    asked.url = url;
    return dir;
  },
}));
vi.mock('@normlab/backends/node', async (original) => ({
  ...(await original<typeof import('@normlab/backends/node')>()),
  setupTensorflow: async ({ from }: { from: string }) => {
    asked.from = from;
    return {};
  },
}));
vi.mock('@normlab/laws/suite', async (original) => ({
  ...(await original<typeof import('@normlab/laws/suite')>()),
  runSuite: (options: Readonly<Record<string, unknown>>) => {
    asked.suite = options;
    return [];
  },
}));

const folder = temporaryFolder();
/** A run of 6 steps, which kept a checkpoint of step 3 as its best. */
const run = join(folder, 'runs', 'a');
/** A run of 2 steps on images that have moved since. */
const imageRun = join(folder, 'runs', 'b');
const moved = join(folder, 'moved');
const image = join(moved, 'test/dark/0.png');
const specFile = join(folder, 'net.json');

beforeEach(() => {
  Object.assign(asked, {
    backend: undefined,
    pool: undefined,
    url: undefined,
    from: undefined,
    suite: undefined,
  });
});
afterEach(() => {
  vi.unstubAllEnvs();
});

beforeAll(async () => {
  const sizes = [
    '--width',
    '0.03',
    '--train-images',
    '40',
    '--test-images',
    '20',
    '--batch',
    '10',
    '--threads',
    '1',
  ];
  const begin = ['train', ...sizes, '--validation', '10', '--schedule', 'constant', '--norm', 'bn'];
  await normlab([...begin, '--keep-best', '--epochs', '1', '--out', run]);
  cpSync(join(run, 'best'), join(folder, 'best'), { recursive: true });
  await normlab(['train', '--resume', run, '--epochs', '2']);
  cpSync(join(folder, 'best'), join(run, 'best'), { recursive: true });

  const images = join(folder, 'images');
  for (const place of ['train/dark', 'train/light', 'test/dark', 'test/light']) {
    mkdirSync(join(images, place), { recursive: true });
    const background = place.endsWith('dark') ? '#102030' : '#d0e0f0';
    const pixels = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    await pixels.png().toFile(join(images, place, '0.png'));
  }
  const ofImages = ['--dataset', 'images', '--data', images, '--pipeline', 'plain', '--width', '0.03'];
  await normlab(['train', ...ofImages, '--steps', '2', '--threads', '1', '--out', imageRun]);
  renameSync(images, moved);

  writeFileSync(specFile, JSON.stringify({ ...allCnn({ width: 0.05 }), name: 'of the file' }));
  for (const [name, settings] of [
    ['tiny', { dataset: 'built-in', width: 0.03, trainImages: 20, epochs: 1 }],
    ['of-images', { dataset: 'images', width: 0.03, epochs: 1 }],
  ] as const) {
    const arms = { norm: ['bn', 'cbn-all'] };
    const experiment = { title: name, settings, arms, seeds: 2, reference: { norm: 'bn' } };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(experiment));
  }
  mkdirSync(join(folder, 'bin'));
  for (const program of ['sbatch', 'squeue']) {
    writeFileSync(join(folder, 'bin', program), '#!/bin/sh\necho 41\n', { mode: 0o755 });
  }
});

type Ended = { readonly out: string; readonly error: string };

/** Runs a command in this process. */
async function normlab(args: readonly string[]): Promise<Ended> {
  let out = '';
  const write = (text: unknown) => {
    out += String(text);
    return true;
  };
  const spies = [vi.spyOn(process.stdout, 'write').mockImplementation(write)];
  spies.push(vi.spyOn(process.stderr, 'write').mockImplementation(() => true));
  try {
    await describeCommands(() => {}).parseAsync(args, { from: 'user' });
    return { out, error: '' };
  } catch (error) {
    return { out, error: String(error) };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

function argsOf(flags: GivenFlags): string[] {
  return Object.entries(flags).flatMap(([key, value]) => {
    if (value === undefined) return [];
    return value === true ? [flagOf(key)] : [flagOf(key), String(value)];
  });
}

/** Runs a command with the flags, and looks at its end. */
function after(args: readonly string[], look: (ended: Ended) => unknown) {
  return async (flags: GivenFlags) => look(await normlab([...args, ...argsOf(flags)]));
}

/** The same with --json: looks at the document. */
function documentOf<T>(args: readonly string[], look: (document: T) => unknown) {
  return after([...args, '--json'], ({ out, error }) => (error === '' ? look(JSON.parse(out)) : error));
}

/** The backend that was opened, or why it was not. */
const backendSeen = ({ error }: Ended) => asked.backend ?? error;

/** The four options of the backend, where what it does is seen in `see`. */
function backendCases(
  see: OptionCase['see'],
): Record<'backend' | 'threads' | 'build' | 'adapter', OptionCase> {
  return {
    backend: {
      see,
      values: [
        ['cpu', expect.stringContaining('cpu: ')],
        ['wasm', expect.stringContaining('wasm: ')],
      ],
    },
    threads: {
      see,
      values: [
        ['1', expect.stringContaining('1 thread,')],
        ['2', expect.stringContaining('2 threads,')],
      ],
    },
    build: {
      see,
      values: [
        ['plain', expect.stringContaining('plain kernels')],
        ['relaxed', expect.stringContaining('relaxed kernels')],
      ],
    },
    adapter: {
      beside: { backend: 'webgpu' },
      see,
      values: [
        ['no such GPU', expect.stringContaining('got "no such GPU"')],
        ['software', expect.stringContaining('webgpu: ')],
      ],
    },
  };
}

/** The folder of the data: that of a run whose data have moved. */
function dataCase(args: readonly string[]): OptionCase {
  return {
    see: after(args, ({ error }) => error),
    values: [
      [moved, ''],
      [undefined, expect.stringContaining('say by --data where that folder is now')],
    ],
  };
}

function bestCase(args: readonly string[]): OptionCase {
  return {
    see: documentOf<{ step: number }>(args, ({ step }) => step),
    values: [
      [true, 3],
      [undefined, 6],
    ],
  };
}

const evaluation: Record<string, OptionCase> = {
  ...backendCases(after(['eval', run], backendSeen)),
  dataset: {
    see: async ({ dataset }) => {
      const data = dataset === undefined ? [] : ['--dataset', String(dataset), '--data', moved];
      return (await normlab(['eval', run, ...data])).error;
    },
    values: [
      ['images', expect.stringContaining('DataError: normlab eval: ')],
      [undefined, ''],
    ],
  },
  data: dataCase(['eval', imageRun]),
  reEstimate: {
    see: async (flags) => {
      const loss = documentOf<{ loss: number }>(['eval', run], (document) => document.loss);
      return (await loss(flags)) === (await loss({}));
    },
    values: [
      ['20', false],
      [undefined, true],
    ],
  },
  best: bestCase(['eval', run]),
  on: {
    see: documentOf<{ images: number }>(['eval', run], ({ images }) => images),
    values: [
      ['validation', 10],
      ['test', 20],
    ],
  },
  predictions: {
    see: async (flags) => {
      await normlab(['eval', run, ...argsOf(flags)]);
      return readdirSync(folder).filter((name) => name.startsWith('predictions'));
    },
    values: [
      [undefined, []],
      [join(folder, 'predictions.csv'), ['predictions.csv']],
    ],
  },
};

const prediction: Record<string, OptionCase> = {
  ...backendCases(after(['predict', run, image], backendSeen)),
  top: {
    see: documentOf<{ predictions: { top: unknown[] }[] }>(['predict', run, image], ({ predictions }) =>
      predictions.map(({ top }) => top.length),
    ),
    values: [
      ['1', [1]],
      ['7', [7]],
    ],
  },
  best: bestCase(['predict', run, image]),
  data: dataCase(['predict', imageRun, image]),
};

/** Looks at the file of `normlab export --format safetensors`. */
function exported(look: (file: ReturnType<typeof decodeSafetensors>) => unknown): OptionCase['see'] {
  return documentOf<{ files: string[] }>(['export', run, '--format', 'safetensors'], ({ files: [file] }) =>
    look(decodeSafetensors(readFileSync(file!), file!)),
  );
}

const exporting: Record<string, OptionCase> = {
  format: {
    see: documentOf<{ files: string[] }>(['export', run], ({ files }) => files.map((file) => basename(file))),
    values: [
      ['tfjs', ['weights.bin', 'model.json']],
      [undefined, ['network.onnx']],
    ],
  },
  out: {
    see: async (flags) => {
      await normlab(['export', run, ...argsOf(flags)]);
      return readdirSync(folder).filter((name) => name.endsWith('.onnx'));
    },
    values: [
      [join(folder, 'one.onnx'), ['one.onnx']],
      [join(folder, 'two.onnx'), ['one.onnx', 'two.onnx']],
    ],
  },
  fold: {
    see: exported(({ entries }) => Object.keys(entries).filter((path) => path.startsWith('norm1/'))),
    values: [
      [true, []],
      [undefined, ['norm1/mean', 'norm1/offset', 'norm1/scale', 'norm1/variance']],
    ],
  },
  pixels: {
    see: exported(({ metadata }) => metadata.images !== undefined),
    values: [
      [true, true],
      [undefined, false],
    ],
  },
  best: bestCase(['export', run]),
  data: dataCase(['export', imageRun, '--pixels']),
};

const listing: Record<string, OptionCase> = {
  sort: {
    see: documentOf<{ run: string }[]>(['runs', join(folder, 'runs')], (rows) => rows.map((row) => row.run)),
    values: [
      ['step', ['b', 'a']],
      [undefined, ['a', 'b']],
    ],
  },
};

let places = 0;

/** What `normlab compare` hands to the pool of processes, each time in a new folder. */
function compared(look: (pool: PoolOptions, place: string) => unknown, name = 'tiny'): OptionCase['see'] {
  return async (flags) => {
    const out = join(folder, `experiment-${places++}`);
    const ended = await normlab(['compare', join(folder, `${name}.json`), ...argsOf({ out, ...flags })]);
    return asked.pool === undefined ? ended : look(asked.pool, out);
  };
}

/** A setting in the recipes of all runs. */
function inRecipes(key: string, name?: string): OptionCase['see'] {
  return compared((pool, out) => {
    const recipes = pool.tasks.map((task) => readFileSync(join(out, 'recipes', `${task.name}.json`), 'utf8'));
    return [...new Set(recipes.map((text) => JSON.parse(text)[key]))];
  }, name);
}

const namesIn = (pool: PoolOptions) => pool.tasks.map(({ name }) => name);

const comparing: Record<string, OptionCase> = {
  jobs: {
    see: compared(({ jobs }) => jobs),
    values: [
      ['1', 1],
      ['3', 3],
    ],
  },
  out: {
    see: async (flags) => {
      await normlab(['compare', join(folder, 'tiny.json'), ...argsOf(flags)]);
      return ['x', 'y'].filter((name) => existsSync(join(folder, name, 'experiment.json')));
    },
    values: [
      [join(folder, 'x'), ['x']],
      [join(folder, 'y'), ['x', 'y']],
    ],
  },
  seeds: {
    see: compared(namesIn),
    values: [
      ['1', ['bn-seed1', 'cbn-all-seed1']],
      [undefined, ['bn-seed1', 'cbn-all-seed1', 'bn-seed2', 'cbn-all-seed2']],
    ],
  },
  task: {
    see: compared(namesIn),
    values: [
      ['2', ['cbn-all-seed1']],
      ['3', ['bn-seed2']],
    ],
  },
  submit: {
    see: async (flags) => {
      vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`);
      const ended = await compared(() => 'trained here')(flags);
      return ended === 'trained here' ? ended : (ended as Ended).out.split('\n')[0];
    },
    values: [
      ['slurm', 'tiny: 4 of 4 runs submitted as job 41.'],
      [undefined, 'trained here'],
    ],
  },
  sbatch: {
    beside: { submit: 'slurm' },
    see: async (flags) => {
      vi.stubEnv('PATH', `${join(folder, 'bin')}:${process.env.PATH}`);
      const out = join(folder, `experiment-${places++}`);
      await normlab(['compare', join(folder, 'tiny.json'), ...argsOf({ out, ...flags })]);
      return readFileSync(join(out, 'slurm.sh'), 'utf8').includes('\n#SBATCH --mem=1G\n');
    },
    values: [
      ['--mem=1G', true],
      [undefined, false],
    ],
  },
  data: {
    see: inRecipes('data', 'of-images'),
    values: [
      [moved, [moved]],
      [folder, [folder]],
    ],
  },
  backend: {
    see: inRecipes('backend'),
    values: [
      ['cpu', ['cpu']],
      [undefined, ['wasm']],
    ],
  },
  threads: {
    see: inRecipes('threads'),
    values: [
      ['2', [2]],
      [undefined, [1]],
    ],
  },
  build: {
    see: inRecipes('build'),
    values: [
      ['plain', ['plain']],
      [undefined, [undefined]],
    ],
  },
  adapter: {
    beside: { backend: 'webgpu' },
    see: inRecipes('adapter'),
    values: [
      ['software', ['software']],
      [undefined, [undefined]],
    ],
  },
};

const reporting: Record<string, OptionCase> = {
  format: {
    see: async (flags) => {
      const reported = join(folder, `reported-${flags.format}`);
      cpSync(run, join(reported, 'a'), { recursive: true });
      const { out } = await normlab(['report', reported, ...argsOf(flags)]);
      return [...readdirSync(reported), out.includes('|')];
    },
    values: [
      ['markdown', ['a', true]],
      ['svg', ['a', 'figures', false]],
      ['html', ['a', 'report.html', 'results.json', false]],
    ],
  },
};

const setup: Record<string, OptionCase> = {
  from: {
    see: after(['setup', 'tensorflow'], ({ error }) => (error === '' ? asked.from : error)),
    values: [
      ['python3', 'python3'],
      ['/opt/tf', '/opt/tf'],
    ],
  },
};

const downloading: Record<string, OptionCase> = {
  url: {
    see: after(['download', 'cifar10', folder], () => asked.url),
    values: [
      ['http://mirror.example/', 'http://mirror.example/'],
      [undefined, undefined],
    ],
  },
};

type Row = {
  readonly model: string;
  readonly norm: string;
  readonly trainable: number;
  readonly statistics: number;
};

/** What `normlab params` says of some network. */
function counted(look: (rows: readonly Row[]) => unknown, ...args: string[]): OptionCase['see'] {
  return documentOf<readonly Row[]>(['params', ...args], look);
}

/** How many more parameters a network has with these flags. */
function more(key: 'trainable' | 'statistics', ...args: string[]): OptionCase['see'] {
  const count = counted((rows) => rows.map((row) => row[key]).reduce((a, b) => a + b), ...args);
  return async (flags) => Number(await count(flags)) - Number(await count({}));
}

const oneAllCnn = ['--model', 'all-cnn', '--norm', 'cbn-all'];
const oneResNet = ['--model', 'resnet-11', '--norm', 'cbn-all'];
/** Filters of ALL-CNN, and so the channels behind its convolutions. */
const filters = 3 * 96 + 5 * 192 + 10;

/** An option that changes no count is at least refused if its value is wrong. */
const refused = (...args: string[]) =>
  after(['params', ...args], ({ error }) => error.replace(/^OptionError: normlab params: /, ''));

const counting: Record<string, OptionCase> = {
  model: {
    see: counted((rows) => [...new Set(rows.map(({ model }) => model))]),
    values: [
      ['nin', ['nin']],
      ['resnet-29', ['resnet-29']],
    ],
  },
  spec: {
    see: counted((rows) => rows.map(({ model }) => model)),
    values: [
      [specFile, ['of the file']],
      [undefined, expect.not.arrayContaining(['of the file'])],
    ],
  },
  norm: {
    see: counted(([row]) => row!.trainable - 1_678_752, '--model', 'all-cnn'),
    values: [
      ['bn', 2 * filters],
      ['cbn-all', 0],
    ],
  },
  normKind: {
    see: more('statistics', ...oneAllCnn),
    values: [
      ['layer', -2 * filters],
      ['batch', 0],
    ],
  },
  groups: {
    see: refused(...oneAllCnn, '--norm-kind', 'group'),
    values: [
      ['0', '--groups must be an integer ≥ 1, got 0.'],
      ['2', ''],
    ],
  },
  convWeights: {
    see: more('trainable', ...oneAllCnn),
    values: [
      ['weight-norm', filters],
      ['plain', 0],
    ],
  },
  width: {
    see: after(['params', ...oneAllCnn], ({ out }) => /conv1 +conv +(\S+)/.exec(out)?.[1]),
    values: [
      ['0.5', '24×24×48'],
      [undefined, '24×24×96'],
    ],
  },
  activation: {
    see: more('trainable', ...oneAllCnn),
    values: [
      ['prelu', filters],
      ['relu', 0],
    ],
  },
  block: {
    see: after(['params', ...oneResNet], ({ out }) => /conv3 .*\n(\S+)/.exec(out)?.[1]),
    values: [
      ['post-activation', 'stage1/block1/norm3'],
      ['pre-activation', 'stage1/block1'],
    ],
  },
  shortcut: {
    see: more('trainable', ...oneResNet),
    values: [
      ['projection', 64 * 256 + 256 * 512 + 512 * 1024],
      ['parameter-free', 0],
    ],
  },
  head: {
    see: more('trainable', ...oneAllCnn),
    values: [
      ['dense', 10 * 10 + 10],
      ['conv', 0],
    ],
  },
  dropRate: {
    see: refused('--model', 'nin'),
    values: [
      ['2', '--drop-rate must be a number in [0, 1), got 2.'],
      ['0.3', ''],
    ],
  },
  convBias: {
    see: more('trainable', ...oneAllCnn),
    values: [
      [true, filters],
      [undefined, 0],
    ],
  },
  classes: {
    see: more('trainable', ...oneAllCnn),
    values: [
      ['20', 10 * 192 * 9],
      ['10', 0],
    ],
  },
};

const seenLaws = (look: (suite: Readonly<Record<string, unknown>>) => unknown, ...args: string[]) =>
  after(['laws', ...args], ({ error }) => (asked.suite === undefined ? error : look(asked.suite)));

const checking: Record<string, OptionCase> = {
  ...backendCases(after(['laws'], ({ out, error }) => out.split('\n')[0] || error)),
  runs: {
    see: seenLaws(({ runs }) => runs),
    values: [
      ['3', 3],
      [undefined, 100],
    ],
  },
  seed: {
    see: seenLaws(({ seed }) => seed),
    values: [
      ['3', 3],
      [undefined, 1],
    ],
  },
  only: {
    see: seenLaws(({ laws }) => laws),
    values: [
      ['9,10', ['9', '10']],
      ['8', ['8-loss', '8-gradient', '8-hessian', '8-curvature']],
    ],
  },
};

const common: Record<string, OptionCase> = {
  json: {
    see: after(['runs', join(folder, 'runs')], ({ out }) => out.startsWith('[')),
    values: [
      [true, true],
      [undefined, false],
    ],
  },
  debug: {
    see: async (flags) => {
      const spy = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
      try {
        await runCommandLine(['runs', join(folder, 'nowhere'), ...argsOf(flags)]);
        return String(spy.mock.calls[0]?.[0]).includes('\n    at ');
      } finally {
        spy.mockRestore();
      }
    },
    values: [
      [true, true],
      [undefined, false],
    ],
  },
};

/** Every command but `train`, which has a file of its own. */
const cases: Readonly<Record<Exclude<CommandName, 'train'>, Readonly<Record<string, OptionCase>>>> = {
  eval: evaluation,
  predict: prediction,
  export: exporting,
  runs: listing,
  compare: comparing,
  report: reporting,
  doctor: {},
  setup,
  recipes: {},
  download: downloading,
  convert: {},
  params: counting,
  laws: checking,
};

it('every command has its cases, train in a file of its own', () => {
  expect([...Object.keys(cases), 'train'].sort()).toEqual(Object.keys(commands).sort());
});

describe.each(Object.keys(cases) as (keyof typeof cases)[])('normlab %s obeys', (name) => {
  itObeysEveryOption(commands[name].options, cases[name]);
});

describe('every command obeys', () => {
  itObeysEveryOption(commonOptions, common);
});
