/**
 * Moves labels at the ends of lines down where they would overlap.
 *
 * @param placeOf the distance in pixels from the top to the end of a row's line
 * @returns the rows from top to bottom, each with the number of pixels by which its label moves down
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

/** The height of a line of text in pixels. */
const labelHeight = 13;
