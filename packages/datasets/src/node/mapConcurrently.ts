/** Files processed at once: enough to keep libuv's thread pool busy, far below any limit on open files. */
const atOnce = 16;

/** `map` with an asynchronous function, several items at once; after the first failure no further item is started. */
export async function mapConcurrently<T, U>(
  items: readonly T[],
  work: (item: T, index: number) => Promise<U>,
): Promise<U[]> {
  const results = new Array<U>(items.length);
  let next = 0;
  let failed = false;
  const worker = async () => {
    while (next < items.length && !failed) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
