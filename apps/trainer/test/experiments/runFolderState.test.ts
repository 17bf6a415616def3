import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '@normlab/files';
import { describe, expect, it } from 'vitest';
import { runFolderState } from '../../src/experiments/runFolderState.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';
import { writeRun } from './writeRun.js';

/** A run of 2 steps with its last evaluation, and a note of the given checkpoint. */
function evaluatedRun(checkpoint: number | undefined): string {
  const folder = temporaryFolder();
  writeRun(folder, {});
  if (checkpoint !== undefined) {
    writeFileSync(join(folder, 'checkpoint.json'), JSON.stringify({ step: checkpoint }));
  }
  return folder;
}

describe('runFolderState', () => {
  it.each([
    ['without weights', undefined, 'done'],
    ['with its last checkpoint', 2, 'done'],
    ['that was killed before its last checkpoint', 1, 'interrupted'],
  ])('of an evaluated run %s', async (_, checkpoint, state) => {
    const isOver = state === 'done';
    expect(await runFolderState(evaluatedRun(checkpoint))).toMatchObject({ log: { state }, isOver });
  });

  it.each([
    [1, 'running'],
    [2, 'done'],
  ])('of an evaluated run with checkpoint %i while a process holds it is %s', async (checkpoint, state) => {
    const folder = evaluatedRun(checkpoint);
    const lock = await takeLock(join(folder, '.lock'), { where: 'test', what: folder });
    expect(await runFolderState(folder)).toMatchObject({ log: { state }, isHeld: true });
    await lock.release();
  });
});
