/**
 * Labels at the ends of lines, moved down where they would cover one another.
 *
 * @param placeOf pixels from the top at which a row's line ends
 * @returns the rows from top to bottom, each with the pixels that its label moves down
 */
export function spreadLabels<Row>(
  rows: readonly Row[],
  placeOf: (row: Row) => number,
): { readonly row: Row; readonly dy: number }[] {
  let free = Number.NEGATIVE_INFINITY;
  return [...rows]
    .sort((a, b) => placeOf(a) - placeOf(b))
    .map((row) => {
      const place = placeOf(row);
      const moved = Math.max(place, free);
      free = moved + labelHeight;
      return { row, dy: moved - place };
    });
}

/** Pixels of a line of text. */
const labelHeight = 13;
