import { OptionError } from '@normlab/errors';
import type { RunConfig } from '../runFolder/runConfig.js';
import { commandLine } from '../settings/checkOptions.js';
import type { Settings, SomeSettings } from '../settings/settings.js';
import { stepsOfEpochs } from './stepsOfEpochs.js';

/**
 * A run's config for a training of more epochs or steps than it was started for; the same config if none are asked for.
 *
 * The longer run is the one that would have been started with that length, bit for bit: so its learning rate may not
 * depend on the length.
 *
 * @throws OptionError for a shorter length, for too many steps, and for a schedule that ends with the run's last step
 */
export function extendRun(begun: RunConfig, { epochs, steps }: SomeSettings): RunConfig {
  const { length, settings } = begun;
  const [key, value] = epochs === undefined ? (['steps', steps] as const) : (['epochs', epochs] as const);
  if (value === undefined || value === settings[key]) return begun;
  const toSteps = key === 'epochs' ? stepsOfEpochs(value, length.stepsPerEpoch) : value;
  const fault = { where: commandLine.where, what: commandLine.nameOf(key), got: value };
  if (toSteps < length.steps) {
    const least = key === 'epochs' ? Math.ceil(length.steps / length.stepsPerEpoch) : length.steps;
    throw new OptionError({ ...fault, rule: `be at least ${least}, the ${key} of the run to resume` });
  }
  if (toSteps === length.steps) return begun;
  if (endsWithRun(settings)) {
    throw new OptionError({
      ...fault,
      rule: `be left out, because the learning rate of the run to resume ends with step ${length.steps}`,
      hint: `a run can be extended with --schedule constant, piecewise, or exponential with --decay-steps; its schedule is ${settings.schedule}`,
    });
  }
  const { epochs: _, steps: __, ...others } = settings;
  return {
    ...begun,
    settings: { ...others, [key]: value },
    length: { ...length, steps: toSteps },
    extended: [...(begun.extended ?? []), { fromSteps: length.steps, toSteps }],
  };
}

/** Whether the learning rate depends on the number of all steps. */
function endsWithRun({ schedule, decaySteps }: Settings): boolean {
  return schedule === 'cosine' || (schedule === 'exponential' && decaySteps === undefined);
}
