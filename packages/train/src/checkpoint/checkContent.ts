import type { EpochProgress } from '../trainState.js';
import type { CheckpointEntries } from './orderByModel.js';

/** Makes the error for a part of a checkpoint that breaks a rule: reading and writing throw different ones. */
export type Fault = (what: string, rule: string, got: unknown) => Error;

/** The largest number of steps. */
export const mostSteps = Number.MAX_SAFE_INTEGER;

/** The largest seed. */
export const largestSeed = 2 ** 32 - 1;

/** @throws the fault unless it is an integer in [0, most] */
export function checkCount(what: string, count: unknown, most: number, fault: Fault): number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= most) return count;
  throw fault(what, `be an integer in [0, ${most}]`, count);
}

/** @throws the fault unless they are sums over at least one image; at most as many images are classified correctly */
export function checkProgress(progress: unknown, fault: Fault): EpochProgress {
  const { loss, correct, images } = Object(progress);
  const isCount = (count: unknown) => Number.isSafeInteger(count) && Number(count) >= 0;
  if (Number.isFinite(loss) && isCount(correct) && isCount(images) && correct <= images && images > 0) {
    return { loss, correct, images };
  }
  throw fault('progress', 'hold a loss and the numbers of correct and of all images', progress);
}

/** @throws the fault unless every array of the optimizer is named `<path>/<name>` and is F32 of its variable's shape */
export function checkOptimizerState({ params, optimizer }: CheckpointEntries, fault: Fault): void {
  for (const [path, { dtype, shape }] of Object.entries(optimizer)) {
    const of = path.slice(0, Math.max(0, path.lastIndexOf('/')));
    const wanted = Object.hasOwn(params, of) ? params[of]!.shape : undefined;
    if (dtype === 'F32' && `${shape}` === `${wanted}`) continue;
    const rule =
      wanted === undefined
        ? "be named <a variable's path>/<name>"
        : `be F32 of shape [${wanted}], as its variable is`;
    throw fault(`optimizer/${path}`, rule, `${dtype} [${shape}]`);
  }
}
