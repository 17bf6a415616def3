/** A setting's value in a recipe. */
export type SettingValue = string | number | boolean | readonly number[] | readonly string[];

/** Settings by the key of a recipe: `learningRate`, `norm`. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Values per setting, whose product is the arms: 2 norms × 3 activations are 6 arms. */
export type ExperimentArms = Readonly<Record<string, readonly SettingValue[]>>;

/**
 * An experiment as plain data: arms × seeds, and how the arms are compared.
 *
 * Arms are compared within groups. A group consists of the arms that are equal in all arm settings except those of
 * `reference` and those that replace them, as `epochs` replaces `steps`; its reference arm is the one that has the
 * settings of `reference`. With arms `norm × activation` and the reference `{ norm: 'bn' }`, each activation is a
 * group, with `bn` as its reference arm.
 */
export type Experiment = {
  readonly title: string;
  /** What a reader should know first: the question, and how long the experiment takes. */
  readonly about?: string;
  /** The recipe whose settings every run starts from: a name or a path. */
  readonly extends?: string;
  /** Settings of every run, which override those of the recipe. */
  readonly settings: Settings;
  /** Blocks of arms; the experiment has the arms of all blocks. */
  readonly arms: readonly ExperimentArms[];
  /** Settings for the arms that have certain values, such as more steps on another data set; later entries win. */
  readonly when: readonly { readonly arm: Settings; readonly settings: Settings }[];
  readonly seeds: readonly number[];
  /** The settings that make an arm the reference of its group. */
  readonly reference: Settings;
  /** Smaller differences of test accuracy count as equal: 0.005 is half a percentage point. */
  readonly margin: number;
  /**
   * Test accuracy; arms are compared by the step at which they first reach it. By default 95 % of the reference arm's
   * mean final accuracy.
   */
  readonly target?: number;
};
