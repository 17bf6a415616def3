import { basename } from 'node:path';
import { fallbackText, flagOf, type Options } from '../settings/option.js';
import type { Settings } from '../settings/settings.js';
import { trainOptions } from '../settings/trainOptions.js';

/**
 * The name of a run's folder: network, norm, every setting of the network that is not its default, data set, numbers of
 * images if given, and seed.
 *
 * @example
 * ```ts
 * // all-cnn-bn-width-1-tanh-cifar10-train-images-2000-seed1
 * ```
 */
export function runName(settings: Settings): string {
  const { model, spec, norm, dataset, trainImages, testImages, seed } = settings;
  const options: Options = trainOptions;
  const ofNetwork = Object.keys(options).filter(
    (key) => options[key]!.group === 'Network' && !['model', 'spec', 'norm'].includes(key),
  );
  return [
    model ?? basename(spec ?? 'network', '.json'),
    norm,
    ...ofNetwork.flatMap((key) => {
      const value: unknown = Reflect.get(settings, key);
      const isDefault = String(value) === fallbackText(options[key]!);
      return value === undefined || value === false || isDefault ? [] : [partOf(key, value)];
    }),
    dataset,
    ...Object.entries({ trainImages, testImages }).flatMap(([key, value]) =>
      value === undefined ? [] : [partOf(key, value)],
    ),
    `seed${seed}`,
  ]
    .filter((part) => part !== undefined)
    .join('-');
}

/** A name stands alone; a number or switch with its flag, since `0.5` alone says nothing. */
function partOf(key: string, value: unknown): string {
  const name = flagOf(key).slice(2);
  if (value === true) return name;
  return typeof value === 'string' ? value : `${name}-${String(value)}`;
}
