import type { SomeSettings } from './settings.js';

/** Keys of which a run has one only: giving one puts the other aside. */
const alternatives: readonly (readonly (keyof SomeSettings)[])[] = [
  ['epochs', 'steps'],
  ['model', 'spec'],
];

/** The settings `over` before those `under`; a length or network given above replaces the one below, whichever its key. */
export function layerSettings(over: SomeSettings, under: SomeSettings): SomeSettings {
  const replaced = alternatives.filter((keys) => keys.some((key) => over[key] !== undefined)).flat();
  const kept = Object.entries(under).filter(([key]) => !replaced.some((each) => each === key));
  return { ...Object.fromEntries(kept), ...over };
}
