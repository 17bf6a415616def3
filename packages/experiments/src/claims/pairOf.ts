import type { ArmResult, GroupResult } from '../armResults.js';
import { settingsKey } from '../expandRuns.js';

/** Two arms of a group. */
export type Pair = { readonly arm: ArmResult; readonly reference: ArmResult };

/** The arms with two norms, each as {@link armWith} finds it. */
export function pairOf(
  norms: { readonly arm: string; readonly reference: string },
  group: GroupResult,
): Pair | undefined {
  const [arm, reference] = [armWith(norms.arm, group), armWith(norms.reference, group)];
  return arm === undefined || reference === undefined ? undefined : { arm, reference };
}

/** The arm with a norm; of several, the one that is otherwise like the group's reference. */
export function armWith(norm: string, group: GroupResult): ArmResult | undefined {
  const base = group.arms.find(({ name }) => name === group.reference);
  const key = settingsKey({ ...base?.settings, norm });
  const having = group.arms.filter(({ settings }) => settings.norm === norm);
  return having.find(({ settings }) => settingsKey(settings) === key) ?? having[0];
}
