/** Numbers with a shape, channels last: the arguments and results of a subject. */
export type Values = {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
};

/** Values by path, such as `conv1`. */
export type Variables<T> = Readonly<Record<string, T>>;

/** The number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The length of the last axis, C. */
export function channelsOf(shape: readonly number[]): number {
  return shape[shape.length - 1]!;
}

/** The entries of a record that are at these paths. */
export function pick<T>(record: Variables<T>, paths: readonly string[]): Variables<T> {
  return Object.fromEntries(paths.map((path) => [path, record[path]!]));
}

/** The same record of other values. */
export function mapRecord<K extends string, T, R>(
  record: Readonly<Record<K, T>>,
  f: (each: T, path: K) => R,
): Record<K, R> {
  const entries = Object.entries<T>(record).map(([path, each]) => [path, f(each, path as K)]);
  return Object.fromEntries(entries) as Record<K, R>;
}

/** The same tree of records with its leaves replaced; anything else is kept. */
export function mapTree<T>(
  node: unknown,
  isLeaf: (node: unknown) => node is T,
  f: (leaf: T) => unknown,
): unknown {
  if (isLeaf(node)) return f(node);
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return node;
  return mapRecord(node as Readonly<Record<string, unknown>>, (each) => mapTree(each, isLeaf, f));
}

export function isValues(node: unknown): node is Values {
  return typeof node === 'object' && node !== null && 'data' in node && 'shape' in node;
}
