import { NormlabError } from '@normlab/errors';

/** Class and message of the normlab error that a call throws or rejects with. */
export async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (error instanceof NormlabError) return `${error.name}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}
