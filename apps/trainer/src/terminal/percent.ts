/** A share between 0 and 1 as people read it: `61.2 %`. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
