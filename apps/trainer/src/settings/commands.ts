import { type Option, type Options, option } from './option.js';
import { integer, line, oneOf, severalOf, text, texts, yesOrNo } from './optionSchemas.js';
import { trainOptions } from './trainOptions.js';

/** One command of `normlab`, as the help and the README describe it. */
export type Command = {
  readonly about: string;
  /** A note at the end of its help. */
  readonly note?: string;
  readonly arguments: readonly { readonly name: string; readonly about: string }[];
  readonly options: Options;
};

/** Options of every command. */
export const commonOptions = {
  json: option({ about: 'stdout holds one JSON document only', schema: text('be a switch') }),
  debug: option({ about: 'show where an error comes from', schema: text('be a switch') }),
};

/** Options of `normlab train` that are not settings: they choose the run, not what it computes. */
export const runOptions = {
  recipe: option({
    group: 'Run',
    value: '<name>',
    about: 'a recipe by name, or its .json file; flags override it',
    schema: text('be a recipe'),
  }),
  out: option({
    group: 'Run',
    value: '<dir>',
    about: 'run folder',
    schema: text('be a folder'),
    fallback: { shown: 'runs/<model>-<norm>-…-<dataset>-seed<seed>' },
  }),
  resume: option({
    group: 'Run',
    value: '<dir>',
    about: 'resume the run in a folder; a greater --epochs or --steps extends it',
    schema: text('be the folder of a run'),
  }),
};

const { dataset, data, backend, threads, build, adapter } = withoutFallbacks(trainOptions);

/** The data of a run whose images are normalized by their mean and standard deviation, for commands that need only these. */
const normalizing = { ...data, only: [...data.only, { key: 'pipeline', is: ['pad-crop-flip', 'plain'] }] };

const best = option({
  about: 'the checkpoint of the best evaluation, that train --keep-best kept',
  schema: yesOrNo(),
});

/** The commands, each with its arguments and one row per option; this file has no heavy imports. */
export const commands = {
  train: {
    about: 'train a network, or resume a run',
    note: 'Every option but those under Run is also a key of a recipe. Ctrl-C saves and ends; --resume continues.',
    arguments: [],
    options: { ...trainOptions, ...runOptions },
  },
  eval: {
    about: 'loss, accuracy with its interval, recall and confusion of a run’s checkpoint',
    arguments: [{ name: '<run>', about: 'a run folder' }],
    options: {
      dataset,
      data,
      backend,
      threads,
      build,
      adapter,
      reEstimate: option({
        value: '<n>',
        about: 're-estimate the running statistics from n training images',
        schema: integer(1),
      }),
      best,
      on: option({
        value: '<images>',
        about: 'what to evaluate on; validation: the images that train --validation held out',
        schema: oneOf(['test', 'validation']),
        fallback: { shown: 'test' },
      }),
      predictions: option({
        value: '<file>',
        about: 'write a line per test image: label, predicted class, its probability; .csv or .jsonl',
        schema: text('be a file').regex(/\.(csv|jsonl)$/, { error: 'be a file that ends in .csv or .jsonl' }),
      }),
    },
  },
  predict: {
    about: 'the most likely classes of images, by a run’s checkpoint',
    note: 'Images of another size than the run’s are scaled, and their middle is taken.',
    arguments: [
      { name: '<run>', about: 'a run folder' },
      { name: '<images...>', about: 'JPEG or PNG files' },
    ],
    options: {
      top: option({
        value: '<n>',
        about: 'how many classes to show for each image',
        schema: integer(1),
        fallback: { shown: '3' },
      }),
      best,
      data: normalizing,
      backend,
      threads,
      build,
      adapter,
    },
  },
  export: {
    about: 'write a run’s network as ONNX, a TensorFlow.js graph model, or plain safetensors',
    arguments: [{ name: '<run>', about: 'a run folder' }],
    options: {
      format: option({
        value: '<format>',
        about: 'onnx: one file; tfjs: a folder with model.json; safetensors: the variables in one file',
        schema: oneOf(['onnx', 'tfjs', 'safetensors']),
        fallback: 'onnx',
      }),
      out: option({
        value: '<path>',
        about: 'the file or folder to write',
        schema: text('be a path'),
        fallback: { shown: '<run>/network.onnx, network.safetensors or tfjs/' },
      }),
      fold: option({ about: 'fold batch norms into the convolutions before them', schema: yesOrNo() }),
      pixels: option({
        about: 'let the network take images of values 0 to 255, and crop and normalize them itself',
        schema: yesOrNo(),
      }),
      best,
      data: { ...normalizing, only: [{ key: 'pixels', is: 'given' }, ...normalizing.only] },
    },
  },
  runs: {
    about: 'list the runs in a folder: arm, seed, steps, accuracy, state',
    arguments: [{ name: '[dir]', about: 'a folder of runs, or of experiments; runs by default' }],
    options: {
      sort: option({
        value: '<column>',
        about: 'the column to sort by',
        schema: oneOf(['run', 'network', 'norm', 'dataset', 'seed', 'step', 'accuracy', 'state', 'when']),
        fallback: 'run',
      }),
    },
  },
  compare: {
    about: 'train the arms of an experiment over its seeds, and write a report',
    note: 'Call it again to do only what is missing. Ctrl-C saves all runs and ends.',
    arguments: [{ name: '<experiment>', about: 'an experiment by name, or its .json file' }],
    options: {
      jobs: option({
        value: '<n>',
        about: 'runs at once, each in its own process',
        schema: integer(1),
        only: [
          { key: 'submit', is: 'absent' },
          { key: 'task', is: 'absent' },
        ],
        fallback: { shown: 'as many as cores and memory allow' },
      }),
      out: option({
        value: '<dir>',
        about: 'folder of the experiment',
        schema: text('be a folder'),
        fallback: { shown: 'runs/<experiment>' },
      }),
      seeds: option({
        value: '<n>',
        about: 'seeds 1 to n',
        schema: integer(1, 1000),
        fallback: { shown: 'as the experiment says' },
      }),
      submit: option({
        value: '<queue>',
        about: 'submit the missing runs to a cluster’s queue as one job array, and end',
        schema: oneOf(['slurm']),
      }),
      sbatch: option({
        value: '<options>',
        about: 'options of sbatch, such as "--partition=cpu --time=2:00:00"',
        schema: line('be options of sbatch, in one line'),
        only: [{ key: 'submit', is: 'given' }],
      }),
      task: option({
        value: '<k>',
        about: 'only run k of the experiment, counted from 1: for the tasks of any job array',
        schema: integer(1),
        only: [{ key: 'submit', is: 'absent' }],
      }),
      data,
      backend,
      threads: { ...threads, fallback: { shown: 'one per run' } },
      build,
      adapter,
    },
  },
  report: {
    about: 'rebuild the report of an experiment from the logs of its runs',
    arguments: [{ name: '<dir>', about: 'a folder of runs' }],
    options: {
      format: option({
        value: '<format>',
        about:
          'html writes report.html and results.json into the folder, svg the figures into figures/; markdown prints',
        schema: oneOf(['html', 'markdown', 'svg']),
        fallback: 'html',
        only: [{ key: 'json', is: 'absent' }],
      }),
    },
  },
  doctor: {
    about: 'show which backends work here, and how to make the others work',
    arguments: [],
    options: {},
  },
  setup: {
    about: 'link a backend with a library of your choice, and try it',
    arguments: [{ name: '<backend>', about: 'tensorflow' }],
    options: {
      from: option({
        value: '<place>',
        about: 'a Python that has the package tensorflow, or a folder with its C library',
        schema: text('be a Python or a folder'),
        always: true,
        required: () => 'be given: a Python or a folder',
      }),
    },
  },
  recipes: { about: 'list the recipes that come with normlab', arguments: [], options: {} },
  download: {
    about: 'fetch an official data set, check and unpack it',
    arguments: [
      { name: '<name>', about: 'cifar10 or cifar100' },
      { name: '<dir>', about: 'the folder for it' },
    ],
    options: {
      url: option({
        value: '<address>',
        about: 'another address of the same archive',
        schema: text('be an address'),
      }),
    },
  },
  convert: {
    about: 'write a folder of images in CIFAR-10’s binary layout',
    arguments: [
      {
        name: '<images>',
        about: 'a folder of train/<class>/* and test/<class>/*, ten classes of 32×32 images',
      },
      { name: '<out>', about: 'the folder to create' },
    ],
    options: {},
  },
  params: {
    about: 'count the parameters of networks, compared with the paper’s Table 4',
    arguments: [],
    options: {
      ...inGroup(withoutFallbacks(trainOptions), 'Network'),
      classes: option({
        value: '<k>',
        about: 'size of the head',
        schema: integer(2),
        fallback: { shown: '10, or as the spec has it' },
      }),
    },
  },
  laws: {
    about: 'check a backend against float64 and PyTorch, and the laws of batch norm on random samples',
    arguments: [],
    options: {
      backend: option({
        value: '<names>',
        about: 'the backends, one after the other',
        schema: severalOf(trainOptions.backend.schema.options),
        fallback: ['wasm'],
        always: true,
      }),
      runs: option({
        value: '<n>',
        about: 'samples per law',
        schema: integer(1),
        fallback: 100,
        always: true,
      }),
      seed: option({
        value: '<n>',
        about: 'seed of all samples',
        schema: trainOptions.seed.schema,
        fallback: 1,
        always: true,
      }),
      only: option({
        value: '<ids>',
        about: 'some laws, by their ids or numbers, separated by commas; absolute for the fixed checks',
        schema: texts('hold ids of laws, or numbers from 1 to 20'),
        fallback: { shown: 'all' },
      }),
      threads: trainOptions.threads,
      build: trainOptions.build,
      adapter: trainOptions.adapter,
    },
  },
} satisfies Readonly<Record<string, Command>>;

export type CommandName = keyof typeof commands;

type Rows<Name extends CommandName> = (typeof commands)[Name]['options'];

/** The table of a command's own options, as `readOptions` takes it. */
export function optionsOf<Name extends CommandName>(name: Name): Rows<Name> {
  return commands[name].options;
}

type Unset<Row extends Option> = Omit<Row, 'fallback'>;

/** The same options without defaults, for a command that takes missing values from elsewhere. */
function withoutFallbacks<Table extends Options>(table: Table): { [Key in keyof Table]: Unset<Table[Key]> } {
  const rows = Object.entries(table).map(([key, { fallback, ...row }]) => [key, row]);
  return Object.fromEntries(rows) as { [Key in keyof Table]: Unset<Table[Key]> };
}

type InGroup<Table, Group> = {
  [Key in keyof Table as Table[Key] extends { readonly group: Group } ? Key : never]: Table[Key];
};

function inGroup<Table extends Options, Group extends string>(
  table: Table,
  group: Group,
): InGroup<Table, Group> {
  const rows = Object.entries(table).filter(([, row]) => row.group === group);
  return Object.fromEntries(rows) as InGroup<Table, Group>;
}
