/** A fraction between 0 and 1 as a percentage: `61.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
