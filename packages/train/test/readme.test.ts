import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openBackend } from '@normlab/backends';
import { buildModel } from '@normlab/models';
import { temporaryFolder } from '@normlab/testing';
import { disposeState } from '@normlab/train';
import { loadCheckpoint } from '@normlab/train/node';
import { engine } from '@tensorflow/tfjs-core';
import { expect, it, onTestFinished, vi } from 'vitest';

const read = (path: string): Promise<string> => readFile(join(import.meta.dirname, path), 'utf8');

it.each(['readme', 'ownLoop'])('the README shows the example that this test runs: %s', async (name) => {
  expect(await read('../README.md')).toContain(await read(`examples/${name}.ts`));
});

it('the loop of your own trains, and leaves no tensor behind', async () => {
  const before = engine().state.numTensors;
  const shown = vi.spyOn(console, 'log').mockReturnValue();
  await import('./examples/ownLoop.js');
  const losses = shown.mock.calls.map(([, loss]) => loss);
  shown.mockRestore();
  expect(losses).toHaveLength(10);
  // Four labels of ten classes, guessed at first: about ln 10.
  expect(losses.every((loss) => loss > 0.5 && loss < 5)).toBe(true);
  expect(engine().state.numTensors).toBe(before);
});

it('the example trains, evaluates and leaves a checkpoint', async () => {
  const folder = await temporaryFolder();
  const home = process.cwd();
  process.chdir(folder);
  onTestFinished(() => process.chdir(home));
  const shown = vi.spyOn(console, 'log').mockReturnValue();
  await import('./examples/readme.js');
  const events = shown.mock.calls.map(([event]) => event.type);
  shown.mockRestore();
  expect(events.filter((type) => type === 'step')).toHaveLength(26);
  expect(events.filter((type) => type === 'evaluation')).toHaveLength(2);

  const backend = await openBackend('cpu');
  const { state, meta } = await loadCheckpoint(join(folder, 'run'));
  expect(state.step).toBe(26);
  const { params } = buildModel(meta.spec).init(1);
  expect(Object.keys(state.params).sort()).toEqual(Object.keys(params).sort());
  disposeState({ ...state, optimizer: { ...state.optimizer, ...params } });
  await backend.close();
});
