/**
 * Whether all values are finite numbers. A step of a high learning rate can leave parameters or outputs that are not: what
 * is recorded leaves them out, and the next step or evaluation says that the run has diverged.
 */
export function allFinite(values: ArrayLike<number>): boolean {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return false;
  return true;
}
