/** A setting of a run, as recipes hold it. */
export type SettingValue = string | number | boolean | readonly number[];

/** Settings by the key of a recipe: `learningRate`, `norm`. */
export type Settings = Readonly<Record<string, SettingValue>>;

/** Values per setting, multiplied out into arms: 2 norms × 3 activations are 6 arms. */
export type ExperimentArms = Readonly<Record<string, readonly SettingValue[]>>;

/**
 * An experiment as plain data: arms × seeds, and how the arms are judged.
 *
 * Arms are compared inside groups. A group holds the arms that are equal in all arm settings but those of `reference`;
 * its reference arm is the one that has the settings of `reference`. With arms `norm × activation` and the reference
 * `{ norm: 'bn' }` each activation is a group, and `bn` is the reference in each.
 */
export type Experiment = {
  readonly title: string;
  /** What a reader should know first: the question, how long it takes. */
  readonly about?: string;
  /** The recipe whose settings every run starts from: a name or a path. */
  readonly extends?: string;
  /** Settings of every run, over those of the recipe. */
  readonly settings: Settings;
  /** One block of arms or several; the arms of all blocks are the experiment's. */
  readonly arms: readonly ExperimentArms[];
  /** Settings of the arms that have these values: more steps on another data set. Later ones win. */
  readonly when: readonly { readonly arm: Settings; readonly settings: Settings }[];
  readonly seeds: readonly number[];
  /** What makes an arm the reference of its group. */
  readonly reference: Settings;
  /** Differences of test accuracy below this are no difference: 0.005 is half a percentage point. */
  readonly margin: number;
  /** Test accuracy whose first step is compared; absent: 95 % of the reference arm's mean final accuracy. */
  readonly target?: number;
};
