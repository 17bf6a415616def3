import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { type MetricsLine, metricsFile, openMetrics } from '../../src/runFolder/metricsLog.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

/** The code with which each function of `node:fs` fails, by name. */
const failing = vi.hoisted((): Record<string, string | undefined> => ({}));

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const names = ['openSync', 'ftruncateSync', 'writeSync', 'fsyncSync', 'closeSync', 'statSync'] as const;
  const faulty = names.map((name) => [
    name,
    (...args: unknown[]) => {
      const code = failing[name];
      if (code !== undefined) throw Object.assign(new Error(`${code}: …, ${name}`), { code });
      return Reflect.apply(fs[name], fs, args);
    },
  ]);
  return { ...fs, ...Object.fromEntries(faulty) };
});

beforeEach(() => {
  for (const name of Object.keys(failing)) delete failing[name];
});

const line: MetricsLine = { type: 'step', step: 1, epoch: 0, loss: 2, accuracy: 0.5, seconds: 1 };

const open = (folder: string) => openMetrics(folder, { step: 0, owesEvaluation: false, isEvaluated: true });

it('a line that cannot be written is the error, not the half line that cannot be cut off', () => {
  const log = open(temporaryFolder());
  Object.assign(failing, { writeSync: 'ENOSPC', ftruncateSync: 'EIO' });
  expect(() => log.write(line)).toThrow(
    /metrics\.jsonl must be a file that can be written, got "ENOSPC.*disk is full/,
  );
});

it.each([
  ['openSync', 'EACCES', /can be written, got "EACCES.*\(permission is missing/],
  ['ftruncateSync', 'EIO', /can be written, got "EIO.*\(the disk or the network to it failed/],
  ['statSync', 'EIO', /can be read, got "EIO.*\(the disk or the network to it failed/],
])('%s that fails with %s is said with the file, the reason and what to do', (name, code, message) => {
  failing[name] = code;
  expect(() => open(temporaryFolder())).toThrow(message);
});

it('a metrics.jsonl that the system refuses to look at is not taken for a missing one, and loses nothing', () => {
  const folder = temporaryFolder();
  const log = open(folder);
  log.write(line);
  log.close();
  failing.statSync = 'EACCES';
  expect(() => open(folder)).toThrow('metrics.jsonl must be a file that can be read');
  expect(readFileSync(join(folder, metricsFile), 'utf8')).toContain('"step":1');
});

it.each([
  ['flush', 'fsyncSync'],
  ['close', 'closeSync'],
] as const)('%s that fails names the file', (method, name) => {
  const log = open(temporaryFolder());
  failing[name] = 'EIO';
  expect(() => log[method]()).toThrow(/metrics\.jsonl must be a file that can be written, got "EIO/);
});
