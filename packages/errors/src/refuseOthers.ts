import { OptionError } from './errors.js';
import { nameHint } from './nearestNames.js';

/**
 * Refuses the options that a function does not have: JavaScript would ignore a misspelt one.
 *
 * @param others what is left of the options once every option is taken out by name
 * @param names the names of all options, for the hint
 * @throws OptionError if anything is left, with the name it is probably meant to have
 *
 * @example
 * ```ts
 * function crop(image: Image, { size, ...others }: CropOptions) {
 *   refuseOthers('crop', others, ['size']);
 * }
 * ```
 */
export function refuseOthers(
  where: string,
  others: Readonly<Record<string, never>>,
  names: readonly string[],
): void {
  for (const name of Object.keys(others)) {
    throw new OptionError({ where, what: `"${name}"`, rule: 'be an option', hint: nameHint(name, names) });
  }
}
