import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { resolveSettings } from '../../src/settings/resolveSettings.js';
import type { SomeSettings } from '../../src/settings/settings.js';

/** Steps of a written run. */
const steps = 2;

/**
 * Writes the folder of a run that was never trained, as a program that only reads logs finds it: done, with the given
 * accuracy, unless other lines of metrics are given.
 */
export function writeRun(
  folder: string,
  flags: SomeSettings,
  { accuracy = 0.5, metrics }: { readonly accuracy?: number; readonly metrics?: string } = {},
): void {
  mkdirSync(folder, { recursive: true });
  const config = {
    settings: resolveSettings(flags),
    length: { steps, stepsPerEpoch: 2 },
    dataset: { trainImages: 4, testImages: 2, classes: ['light', 'dark'], sha256: 'abc' },
    backend: { name: 'wasm', description: 'wasm' },
    versions: {},
  };
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const evaluation = { type: 'evaluation', step: steps, epoch: 0, loss: 1, accuracy, images: 2, seconds: 3 };
  writeFileSync(join(folder, 'metrics.jsonl'), metrics ?? `${JSON.stringify(evaluation)}\n`);
}
