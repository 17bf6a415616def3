import { OptionError } from '@normlab/errors';
import { differencesOf, type PairedDifference, pairedDifference } from './pairedDifference.js';

/** How the effect of an arm at one level differs from its effect at the base level. */
export type InteractionContrast = PairedDifference & {
  readonly level: string;
  /** cᵢ, one per seed. p is not adjusted: the caller applies {@link holm} to its family. */
  readonly differences: readonly number[];
};

/**
 * The interaction of two factors, paired by seed: does an arm's difference from the reference change from level to
 * level?
 *
 *   cᵢ(level) = [armᵢ − referenceᵢ at level] − [armᵢ − referenceᵢ at base], one number per seed i
 *
 * For a 2 × 3 design there are two contrasts; each is a paired t test of cᵢ against 0.
 *
 * @throws OptionError if the base is not one of the levels or the samples have different lengths
 *
 * @example
 * ```ts
 * interaction({ relu: { arm: [0.9], reference: [0.91] }, tanh: { arm: [0.8], reference: [0.86] } }, 'relu');
 * ```
 */
export function interaction(
  levels: Readonly<
    Record<string, { readonly arm: readonly number[]; readonly reference: readonly number[] }>
  >,
  base: string,
): InteractionContrast[] {
  const effects = Object.entries(levels).map(([level, { arm, reference }]) => ({
    level,
    effect: differencesOf(arm, reference),
  }));
  const baseEffect = effects.find(({ level }) => level === base)?.effect;
  if (baseEffect === undefined) {
    const rule = `be one of the levels ${Object.keys(levels).join(', ')}`;
    throw new OptionError({ where: 'interaction', what: 'base', rule, got: base });
  }
  return effects
    .filter(({ level }) => level !== base)
    .map(({ level, effect }) => {
      const differences = differencesOf(effect, baseEffect);
      return { level, differences, ...pairedDifference(differences) };
    });
}
