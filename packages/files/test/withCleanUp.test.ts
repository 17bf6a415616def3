import { withCleanUp } from '@normlab/files';
import { expect, it } from 'vitest';

const failing = (message: string) => async () => {
  throw new Error(message);
};

it('returns the result, after the clean-up', async () => {
  const notes: string[] = [];
  const work = async () => {
    notes.push('work');
    return 3;
  };
  expect(await withCleanUp(work, () => notes.push('clean-up'))).toBe(3);
  expect(notes).toEqual(['work', 'clean-up']);
});

it('cleans up after an error too, and throws that error', async () => {
  let isClean = false;
  const cleanUp = () => {
    isClean = true;
  };
  await expect(withCleanUp(failing('first'), cleanUp)).rejects.toThrow('first');
  expect(isClean).toBe(true);
});

it.each([
  ['rejects', failing('second')],
  [
    'throws',
    () => {
      throw new Error('second');
    },
  ],
])('an error while cleaning up (%s) never hides the error of the work', async (_, cleanUp) => {
  await expect(withCleanUp(failing('first'), cleanUp)).rejects.toThrow('first');
  await expect(withCleanUp(async () => 1, cleanUp)).rejects.toThrow('second');
});
