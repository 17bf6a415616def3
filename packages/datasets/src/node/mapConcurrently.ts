/** Files processed at once: enough to keep libuv's thread pool busy, far below any limit on open files. */
const atOnce = 16;

/**
 * `map` with an asynchronous function, several items at once.
 *
 * After the first failure no further item is started. The promise is rejected with that failure once the items that were
 * running have ended too: nothing goes on behind the caller's back.
 */
export async function mapConcurrently<T, U>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<U>,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  let next = 0;
  const failures: unknown[] = [];
  const worker = async () => {
    while (next < items.length && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}
