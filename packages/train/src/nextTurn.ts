/**
 * Waits for the next turn of the event loop.
 *
 * Some backends (wasm, cpu) compute without ever waiting: without this call, timers, signals and drawing of the page
 * would wait until the loop ends. Without `setImmediate`, a message channel is used: a web page delays timers by 4 ms,
 * and by a second in the background.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate === 'function') {
      setImmediate(resolve);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
