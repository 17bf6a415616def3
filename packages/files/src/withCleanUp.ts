/**
 * Runs `work`, then `cleanUp`, also if `work` failed. The error of `work` is the one thrown: an error while cleaning up
 * never hides the cause.
 */
export async function withCleanUp<T>(work: () => Promise<T>, cleanUp: () => unknown): Promise<T> {
  let result: T;
  try {
    result = await work();
  } catch (error) {
    await Promise.resolve()
      .then(cleanUp)
      .catch(() => {});
    throw error;
  }
  await cleanUp();
  return result;
}
