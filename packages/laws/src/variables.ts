/** Values by path, as in `conv1`. */
export type Variables<T> = Readonly<Record<string, T>>;

/** The entries of a record that are at these paths. */
export function pick<T>(record: Variables<T>, paths: readonly string[]): Variables<T> {
  return Object.fromEntries(paths.map((path) => [path, record[path]!]));
}
