/** Numbers with a shape, channels last: what laws hand to a subject and get back from it. */
export type Values = {
  readonly data: Float32Array | Float64Array;
  readonly shape: readonly number[];
};

/** The number of values of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

/** The length of the last axis, C. */
export function channelsOf(shape: readonly number[]): number {
  return shape[shape.length - 1]!;
}
