import { NormlabError } from '@normlab/errors';
import { memory } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

/** Class and message of the normlab error that a call throws; the call must leave no tensor behind. */
export function complaintOf(call: () => unknown): string {
  const before = memory().numTensors;
  try {
    call();
  } catch (error) {
    expect(memory().numTensors).toBe(before);
    return shown(error);
  }
  throw new Error('nothing was thrown');
}

/** Class and message of the normlab error that a call throws or rejects with. */
export async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    return shown(error);
  }
  throw new Error('nothing was thrown');
}

function shown(error: unknown): string {
  if (error instanceof NormlabError) return `${error.name}: ${error.message}`;
  throw error;
}
