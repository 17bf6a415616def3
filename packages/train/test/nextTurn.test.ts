import { afterEach, describe, expect, it, vi } from 'vitest';
import { nextTurn } from '../src/nextTurn.js';

describe('nextTurn', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each(['as in Node', 'as in a web page'])('runs other waiting tasks first: %s', async (where) => {
    let heard = false;
    setImmediate(() => {
      heard = true;
    });
    if (where === 'as in a web page') vi.stubGlobal('setImmediate', undefined);
    // A channel and an immediate are two queues of one loop: after two turns both have run.
    await nextTurn();
    await nextTurn();
    expect(heard).toBe(true);
  });
});
