/** Float64 numbers with a shape, the last axis innermost. */
export type NdArray = { readonly shape: readonly number[]; readonly values: Float64Array };

/** An array of that shape, from a function of each element's coordinates and flat index. */
export function arrayOf(
  shape: readonly number[],
  valueAt: (at: readonly number[], place: number) => number,
): NdArray {
  const size = shape.reduce((all, length) => all * length, 1);
  const at = shape.map(() => 0);
  const values = new Float64Array(size);
  for (let place = 0; place < size; place++) {
    values[place] = valueAt(at, place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis]! += 1;
      if (at[axis]! < shape[axis]!) break;
      at[axis] = 0;
    }
  }
  return { shape, values };
}

/** A vector. */
export function vectorOf(values: Iterable<number>): NdArray {
  const all = Float64Array.from(values);
  return { shape: [all.length], values: all };
}
