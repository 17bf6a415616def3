import { resolve } from 'node:path';
import type { SomeSettings } from './settings.js';

/** Settings whose paths, written as seen from a folder, lead to the same places from everywhere. */
export function placedFrom<Some extends SomeSettings>(folder: string, settings: Some): Some {
  const { data, spec } = settings;
  return {
    ...settings,
    ...(data !== undefined && { data: resolve(folder, data) }),
    ...(spec !== undefined && { spec: resolve(folder, spec) }),
  };
}
