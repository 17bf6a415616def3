import { nameHint, OptionError } from '@normlab/errors';
import { layers } from '@tensorflow/tfjs-layers';
import type { StockOptions } from './stockLayers.js';

/** What the value of an option must be, as in an error message, and whether a value is that. */
export type OptionRule = { readonly rule: string; readonly holds: (value: unknown) => boolean };

/** A rule for every option of a layer. */
export type OptionRules<Options> = { readonly [Name in keyof Required<Options>]: OptionRule };

const isInteger = (value: unknown): boolean => Number.isInteger(value);
const isNumber = (value: unknown): value is number => Number.isFinite(value);

/** An option whose value only tfjs checks. */
export const known: OptionRule = { rule: '', holds: () => true };

export const positiveInteger: OptionRule = {
  rule: 'be an integer ≥ 1',
  holds: (value) => isInteger(value) && Number(value) >= 1,
};
export const flag: OptionRule = { rule: 'be true or false', holds: (value) => typeof value === 'boolean' };
export const oneAxis: OptionRule = { rule: 'be an integer', holds: isInteger };
export const someAxes: OptionRule = {
  rule: 'be an integer, or a list of different integers',
  holds: (value) =>
    isInteger(value) ||
    (Array.isArray(value) &&
      value.length > 0 &&
      value.every(isInteger) &&
      new Set(value).size === value.length),
};
export const epsilonRule: OptionRule = {
  rule: 'be a finite number ≥ 0',
  holds: (value) => isNumber(value) && value >= 0,
};
export const momentumRule: OptionRule = {
  rule: 'be in [0, 1]',
  holds: (value) => isNumber(value) && value >= 0 && value <= 1,
};

/** An option whose value is one of these. */
export const oneOf = (...values: readonly string[]): OptionRule => ({
  rule: `be ${values.map((value) => `"${value}"`).join(' or ')}`,
  holds: (value) => values.some((each) => each === value),
});
/** A length along both axes of an image, or along each. */
export const lengths: OptionRule = {
  rule: 'be an integer ≥ 1, or a list of two',
  holds: (value) =>
    Array.isArray(value)
      ? value.length === 2 && value.every(positiveInteger.holds)
      : positiveInteger.holds(value),
};

/** The options of tf.layers that are resolved from a name, an object or JSON: known to tfjs if a layer takes them. */
const byDense = (option: string): OptionRule['holds'] => {
  return (value) => {
    try {
      layers.dense({ name: 'check', units: 1, [option]: value });
      return true;
    } catch {
      return false;
    }
  };
};
export const initializer: OptionRule = {
  rule: 'be an initializer of tf.layers, or the name of one',
  holds: byDense('kernelInitializer'),
};
export const regularizer: OptionRule = {
  rule: 'be a regularizer of tf.layers, or the name of one',
  holds: byDense('kernelRegularizer'),
};
export const constraint: OptionRule = {
  rule: 'be a constraint of tf.layers, or the name of one',
  holds: byDense('kernelConstraint'),
};
export const activation: OptionRule = {
  rule: 'be an activation of tf.layers, or the name of one',
  holds: byDense('activation'),
};

/** The options that every layer of tf.layers has. */
export const layerRules: OptionRules<NonNullable<ConstructorParameters<typeof layers.Layer>[0]>> = {
  name: { rule: 'be a string', holds: (value) => typeof value === 'string' },
  trainable: flag,
  inputShape: known,
  batchInputShape: known,
  batchSize: known,
  dtype: known,
  inputDType: known,
  weights: known,
};

/** The options of a scale and an offset. */
export const affineRules: OptionRules<
  Pick<
    StockOptions<'layerNormalization'>,
    'scale' | 'center' | 'gammaInitializer' | 'betaInitializer' | 'gammaRegularizer' | 'betaRegularizer'
  >
> = {
  scale: flag,
  center: flag,
  gammaInitializer: initializer,
  betaInitializer: initializer,
  gammaRegularizer: regularizer,
  betaRegularizer: regularizer,
};

/**
 * The options, checked. An option that is null or undefined counts as left out, as in tf.layers and in saved models.
 *
 * @param required the options that must not be left out
 * @throws OptionError if an option is unknown or left out, or its value is invalid
 */
export function checkedOptions<Options extends object>(
  where: string,
  options: Options,
  rules: OptionRules<Options>,
  required: readonly (keyof Options & string)[] = [],
): Options {
  const names = Object.keys(rules);
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new OptionError({ where, what: 'the options', rule: 'be an object', got: options });
  }
  for (const [name, got] of Object.entries(options)) {
    // tfjs adds the map of custom classes to the options in a saved model.
    if (got === null || got === undefined || name === 'customObjects') continue;
    if (!Object.hasOwn(rules, name)) {
      throw new OptionError({
        where,
        what: `"${name}"`,
        rule: 'be an option of the layer',
        hint: nameHint(name, names),
      });
    }
    const { rule, holds } = rules[name as keyof Options];
    if (!holds(got)) throw new OptionError({ where, what: name, rule, got });
  }
  for (const what of required) {
    if (options[what] == null) throw new OptionError({ where, what, rule: rules[what].rule });
  }
  return options;
}
