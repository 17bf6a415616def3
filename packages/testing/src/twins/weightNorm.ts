import { arrayOf, type NdArray } from '../arrays.js';

/** `weightNorm`, naive, in float64. */
export function weightNorm(direction: NdArray, scale: NdArray): NdArray {
  const squares = new Float64Array(scale.values.length);
  arrayOf(direction.shape, (at, place) => {
    squares[at.at(-1)!]! += direction.values[place]! ** 2;
    return 0;
  });
  return arrayOf(direction.shape, (at, place) => {
    const channel = at.at(-1)!;
    return (scale.values[channel]! * direction.values[place]!) / Math.sqrt(squares[channel]!);
  });
}
