import { describe, expect, it } from 'vitest';
import {
  type Command,
  type CommandName,
  commands,
  commonOptions,
  optionsOf,
  runOptions,
} from '../../src/settings/commands.js';
import type { Options } from '../../src/settings/option.js';

const ownOptions = (name: CommandName): Options => optionsOf(name);
const ruleFor = (options: Options, key: string, value: unknown) =>
  options[key]!.schema.safeParse(value).error?.issues[0]?.message;

describe('the options of a command', () => {
  it.each<[CommandName, string, unknown, string | undefined]>([
    ['eval', 'reEstimate', 0, 'be an integer ≥ 1'],
    ['eval', 'best', 'yes', 'be true or false'],
    ['eval', 'on', 'train', 'be one of test, validation'],
    ['eval', 'predictions', '', 'be a file'],
    ['eval', 'predictions', 'all.txt', 'be a file that ends in .csv or .jsonl'],
    ['eval', 'predictions', 'all.csv.gz', 'be a file that ends in .csv or .jsonl'],
    ['eval', 'predictions', 'csv', 'be a file that ends in .csv or .jsonl'],
    ['eval', 'predictions', 'all.csv', undefined],
    ['eval', 'predictions', 'all.jsonl', undefined],
    ['predict', 'top', 0, 'be an integer ≥ 1'],
    ['export', 'format', 'pdf', 'be one of onnx, tfjs, safetensors'],
    ['export', 'out', '', 'be a path'],
    ['runs', 'sort', 'loss', 'be one of run, network, norm, dataset, seed, step, accuracy, state, when'],
    ['compare', 'jobs', 0, 'be an integer ≥ 1'],
    ['compare', 'out', '', 'be a folder'],
    ['compare', 'seeds', 1001, 'be an integer from 1 to 1000'],
    ['compare', 'submit', 'pbs', 'be one of slurm'],
    ['compare', 'sbatch', '', 'be options of sbatch, in one line'],
    ['compare', 'task', 0, 'be an integer ≥ 1'],
    ['report', 'format', 'pdf', 'be one of html, markdown, svg'],
    ['setup', 'from', '', 'be a Python or a folder'],
    ['download', 'url', '', 'be an address'],
    ['params', 'classes', 1, 'be an integer ≥ 2'],
    ['laws', 'backend', [], 'be a list of wasm, webgpu, tensorflow, cpu, separated by commas'],
    ['laws', 'runs', 0, 'be an integer ≥ 1'],
    ['laws', 'seed', -1, 'be an integer from 0 to 4294967295'],
    ['laws', 'only', [], 'hold ids of laws, or numbers from 1 to 20'],
  ])('%s, %s: the rule for %j', (name, key, value, rule) => {
    expect(ruleFor(ownOptions(name), key, value)).toBe(rule);
  });

  it('of a run say their rules too, and are listed under one heading', () => {
    expect(Object.keys(runOptions).map((key) => ruleFor(runOptions, key, ''))).toEqual([
      'be a recipe',
      'be a folder',
      'be the folder of a run',
    ]);
    expect(Object.values(runOptions).map(({ group }) => group)).toEqual(['Run', 'Run', 'Run']);
    expect(Object.keys(commonOptions).map((key) => ruleFor(commonOptions, key, ''))).toEqual([
      'be a switch',
      'be a switch',
    ]);
    expect(commonOptions.json.about).toBe('stdout holds one JSON document only');
    expect(commonOptions.debug.about).toBe('show where an error comes from');
  });

  it('have a value in every run where the command needs one', () => {
    const needed = Object.entries(commands).flatMap(([name, { options }]) =>
      name === 'train'
        ? []
        : Object.entries<Options[string]>(options).flatMap(([key, { always, fallback, required }]) =>
            always && (fallback !== undefined || required !== undefined) ? [`${name} ${key}`] : [],
          ),
    );
    expect(needed).toEqual(['setup from', 'laws backend', 'laws runs', 'laws seed']);
    expect(commands.setup.options.from.required()).toBe('be given: a Python or a folder');
  });

  it('are the settings of a training without their defaults, where a run or an experiment has them', () => {
    for (const name of ['eval', 'predict', 'compare'] as const) {
      const { backend, data } = ownOptions(name);
      expect([backend!.fallback, data!.fallback]).toEqual([undefined, undefined]);
      expect(backend!.about).toBe(commands.train.options.backend.about);
    }
    expect(Object.keys(ownOptions('params'))).toEqual([
      ...Object.keys(commands.train.options).slice(0, 13),
      'classes',
    ]);
  });
});

describe('a command', () => {
  it.each(Object.entries<Command>(commands))(
    '%s says something about itself and its arguments',
    (_, command) => {
      const texts = [command.about, ...command.arguments.map(({ about }) => about)];
      for (const text of [...texts, ...(command.note === undefined ? [] : [command.note])])
        expect(text).toMatch(/^[a-zA-Z0-9].{8,}/);
    },
  );

  it('takes these arguments', () => {
    const taken = Object.entries<{ arguments: readonly { name: string }[] }>(commands).flatMap(
      ([name, { arguments: given }]) =>
        given.length === 0 ? [] : [[name, ...given.map((argument) => argument.name)].join(' ')],
    );
    expect(taken).toEqual([
      'eval <run>',
      'predict <run> <images...>',
      'export <run>',
      'runs [dir]',
      'compare <experiment>',
      'report <dir>',
      'setup <backend>',
      'download <name> <dir>',
      'convert <images> <out>',
    ]);
  });
});
