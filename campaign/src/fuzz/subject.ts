import type { RandomStream } from '@normlab/random';

/** Something that reads what a user or a network gives it. */
export type Subject = {
  readonly name: string;
  /** Reads one damaged input: it must accept it, or throw a NormlabError. @returns whether it was accepted */
  readonly read: (stream: RandomStream) => Promise<'accepted' | 'refused'>;
};

/** Code of the trainer or of a package that is not exported, as built. */
export async function internal<T>(path: string): Promise<T> {
  return (await import(new URL(`../../../${path}`, import.meta.url).href)) as T;
}
