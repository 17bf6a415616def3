import { setImmediate } from 'node:timers/promises';

/**
 * The same items, with a turn of the event loop before each.
 *
 * The wasm backend computes without ever waiting for the loop: without a break, no signal would be heard
 * and no progress be drawn until an epoch ends.
 */
export async function* withBreaks<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item, void, undefined> {
  for await (const item of items) {
    await setImmediate();
    yield item;
  }
}
