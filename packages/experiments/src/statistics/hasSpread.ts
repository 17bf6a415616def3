/**
 * Whether the differences are not all equal. Accuracies are multiples of 1 / images, so a few differences may be equal
 * by chance, and a t test would take them for certain. Unequal differences are at least 1 / images apart, which is far
 * above 1e-9; differences that are equal except for rounding are within 2⁻⁵².
 */
export function hasSpread(sd: number | null): sd is number {
  return sd !== null && sd > 1e-9;
}
