import { countParams, type ModelSpec, networkNames, placements, summarize } from '@normlab/models';
import { paperCount } from '../experiments/table4.js';
import { makeNetwork, type NetworkPurpose } from '../fromSettings/network.js';
import { makePipeline } from '../fromSettings/pipeline.js';
import { commandLineOf } from '../settings/checkOptions.js';
import { optionsOf } from '../settings/commands.js';
import { type Flags, readOptions } from '../settings/readOptions.js';
import { resolveOptions } from '../settings/resolveOptions.js';
import { resolveSettings } from '../settings/resolveSettings.js';
import type { SomeSettings } from '../settings/settings.js';
import { exitStatus } from '../terminal/failure.js';
import { table } from '../terminal/table.js';
import { openTerminal } from '../terminal/terminal.js';

/** One network under one placement: the document of `normlab params --json` is a list of these. */
export type ParamsRow = {
  readonly model: string;
  readonly norm: string;
  readonly classes: number;
  readonly trainable: number;
  readonly statistics: number;
  readonly bytes: number;
  /** The paper's count of trainable parameters, if it prints one. */
  readonly paper: number | null;
  /** The layers, where one network was asked for: by --model or --spec. */
  readonly layers?: ReturnType<typeof summarize>;
};

/** `normlab params`: parameter counts of networks; for a single network, its layers too. @returns the exit status */
export async function params(flags: Flags): Promise<number> {
  const terminal = openTerminal(flags);
  const { classes, ...chosen } = resolveOptions(
    optionsOf('params'),
    readOptions('params', flags),
    commandLineOf('params'),
  );
  const purpose = classes === undefined ? {} : { classes, askedBy: 'as --classes says' };
  const networks = await Promise.all(
    variants(chosen).map(async (settings) => {
      return { settings, spec: await makeNetwork(settings, { ...purpose, ...inputOf(settings) }) };
    }),
  );
  const isOne = chosen.model !== undefined || chosen.spec !== undefined;
  const rows = networks.map(({ settings, spec }): ParamsRow => {
    return { ...rowOf(settings, spec), ...(isOne && { layers: summarize(spec) }) };
  });
  if (terminal.json) {
    terminal.result(JSON.stringify(rows, null, 2));
    return exitStatus.done;
  }
  const [first] = networks;
  if (isOne && first !== undefined) {
    const { model, norm } = rows[0]!;
    terminal.result(`${model}, norm ${norm}\n\n${layerTable(first.spec, terminal.columns())}\n`);
  }
  terminal.result(countTable(rows, terminal.columns()));
  return exitStatus.done;
}

/** The chosen network or all of the paper's, each under the chosen placement or all placements. */
function variants(chosen: SomeSettings): SomeSettings[] {
  if (chosen.spec !== undefined) return [chosen];
  const models = chosen.model === undefined ? networkNames : [chosen.model];
  const norms = chosen.norm === undefined ? placements : [chosen.norm];
  return models.flatMap((model) => norms.map((norm) => ({ ...chosen, model, norm })));
}

/** What the network gets from 32×32 images in a training with its default pipeline; a spec has its own input. */
function inputOf({ model, spec }: SomeSettings): Pick<NetworkPurpose, 'input'> {
  if (model === undefined || spec !== undefined) return {};
  // The shape does not depend on the statistics.
  const pipeline = makePipeline(resolveSettings({ model }), () => ({ mean: [0, 0, 0], sd: [1, 1, 1] }));
  return { input: pipeline.outputShape([32, 32, 3]) };
}

function rowOf(settings: SomeSettings, spec: ModelSpec): ParamsRow {
  const { model = spec.name, norm = 'own' } = settings;
  const { trainable, statistics, bytes } = countParams(spec);
  const paper = isAsInPaper(settings) ? paperCount(model, norm, spec.classes) : null;
  return { model, norm, classes: spec.classes, trainable, statistics, bytes, paper };
}

/**
 * Whether Table 4 counts the same parameters; the kind of block and activations without parameters do not change them.
 */
function isAsInPaper(settings: SomeSettings): boolean {
  const { spec, width = 1, activation, convBias = false } = settings;
  const { normKind = 'batch', convWeights = 'plain', shortcut = 'parameter-free' } = settings;
  const hasItsKinds = normKind === 'batch' && convWeights === 'plain' && shortcut === 'parameter-free';
  return spec === undefined && width === 1 && activation !== 'prelu' && !convBias && hasItsKinds;
}

function countTable(rows: readonly ParamsRow[], columns: number): string {
  const header = ['network', 'norm', 'classes', 'trainable', 'statistics', 'MB', 'paper', ''];
  return table(
    header,
    rows.map(({ model, norm, classes, trainable, statistics, bytes, paper }) => [
      ...[model, norm, classes, trainable, statistics, (bytes / 2 ** 20).toFixed(2), paper ?? '–'],
      paper === null ? '' : paper === trainable ? 'equal' : 'NOT equal',
    ]),
    columns,
  );
}

function layerTable(spec: ModelSpec, columns: number): string {
  const rows = summarize(spec);
  const sumOf = (key: 'parameters' | 'macs') => rows.reduce((sum, row) => sum + row[key], 0);
  return table(
    ['layer', 'type', 'output', 'parameters', 'MACs'],
    [
      ...rows.map(({ layer, type, output, parameters, macs }) => [
        ...[layer, type, output.join('×'), parameters, macs],
      ]),
      ['all', '', '', sumOf('parameters'), sumOf('macs')],
    ],
    columns,
  );
}
