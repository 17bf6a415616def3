import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lastStep } from '../../src/experiments/lastStep.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const folder = temporaryFolder();
const stepOf = (text: string) => {
  writeFileSync(join(folder, 'metrics.jsonl'), text);
  return lastStep(folder);
};
const line = (step: number, more = {}) => `${JSON.stringify({ type: 'step', step, ...more })}\n`;

it('is that of the last whole line, and 0 without lines or without a file', async () => {
  expect(await stepOf(line(1).repeat(500) + line(42))).toBe(42);
  expect(await stepOf(`${line(7)}{"type":"step","step":8`)).toBe(7);
  expect(await stepOf('')).toBe(0);
  expect(await stepOf('{"type":"step"')).toBe(0);
  expect(await lastStep(join(folder, 'nowhere'))).toBe(0);
});

it('is found in a line of any length, such as an evaluation that names hundreds of classes', async () => {
  const neverPredicted = Array.from({ length: 1000 }, (_, index) => `a class with a long name, ${index}`);
  expect(await stepOf(line(1).repeat(500) + line(42, { neverPredicted }))).toBe(42);
});
