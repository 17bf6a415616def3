/** The first thing that an iterable yields. */
export async function firstOf<T>(source: AsyncIterable<T>): Promise<T> {
  for await (const each of source) return each;
  throw new Error('the iterable is empty');
}
