import { nameHint, OptionError } from '@normlab/errors';
import { type AllCnnOptions, allCnn } from './allCnn.js';
import type { ModelSpec } from './modelSpec.js';
import { type NinOptions, nin } from './nin.js';
import { type ResnetOptions, resnet } from './resnet.js';

/** The options of every network by name; each network accepts its own. */
export type NamedNetworkOptions = AllCnnOptions & NinOptions & Omit<ResnetOptions, 'depth'>;

/** The paper's networks. */
export const networkNames = ['all-cnn', 'nin', 'resnet-29', 'resnet-101'] as const;

export type NetworkName = (typeof networkNames)[number];

/**
 * A network by name: one of {@link networkNames}, or `resnet-N` of any depth that {@link resnet} supports.
 *
 * @throws OptionError for another name, with the nearest ones; OptionError for an option that the network does not
 *   have (`head` is ALL-CNN's, `dropRate` NIN's, `block` and `shortcut` the ResNets')
 * @example
 * ```ts
 * network('resnet-29', { classes: 100, norm: 'cbn-lconv-bn', width: 0.25 });
 * ```
 */
export function network(name: string, options: NamedNetworkOptions = {}): ModelSpec {
  const { head, dropRate, block, shortcut, ...common } = options;
  if (name === 'all-cnn') {
    refuse(name, { dropRate, block, shortcut });
    return allCnn({ ...common, ...(head !== undefined && { head }) });
  }
  if (name === 'nin') {
    refuse(name, { head, block, shortcut });
    return nin({ ...common, ...(dropRate !== undefined && { dropRate }) });
  }
  const depth = /^resnet-(\d+)$/.exec(name)?.[1];
  if (depth !== undefined) {
    refuse(name, { head, dropRate });
    return resnet({
      ...common,
      depth: Number(depth),
      ...(block !== undefined && { block }),
      ...(shortcut !== undefined && { shortcut }),
    });
  }
  const hint = nameHint(name, networkNames);
  throw new OptionError({
    where: 'network',
    what: 'name',
    rule: 'be the name of a network',
    got: name,
    hint,
  });
}

function refuse(name: string, foreign: Readonly<Record<string, unknown>>): void {
  for (const [option, value] of Object.entries(foreign)) {
    if (value !== undefined) {
      const rule = `be left out for ${name}, which has no such option`;
      throw new OptionError({ where: 'network', what: option, rule, got: value });
    }
  }
}
