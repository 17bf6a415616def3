import type { OpenBackend } from '@normlab/backends';
import { OptionError } from '@normlab/errors';
import { keptForGradient, type ModelSpec } from '@normlab/models';

type TensorHeap = NonNullable<OpenBackend['tensorHeap']>;

/**
 * The bytes of float32 that the counted tensors take which a step on so many images keeps for its gradient: less than
 * the step takes.
 */
export function stepBytes(kept: readonly number[], batch: number, { countedFrom }: TensorHeap): number {
  return kept
    .map((numbers) => 4 * numbers * batch)
    .filter((bytes) => bytes >= countedFrom)
    .reduce((sum, bytes) => sum + bytes, 0);
}

/** The largest batch whose step is not known to take more than the heap holds. */
export function largestBatch(kept: readonly number[], heap: TensorHeap): number {
  let fits = 1;
  let over = 2;
  while (Number.isSafeInteger(over) && stepBytes(kept, over, heap) <= heap.bytes) {
    fits = over;
    over *= 2;
  }
  // Bytes grow with the batch, so that one border lies between.
  while (over - fits > 1) {
    const middle = Math.floor((fits + over) / 2);
    if (stepBytes(kept, middle, heap) <= heap.bytes) fits = middle;
    else over = middle;
  }
  return fits;
}

/**
 * Refuses a batch whose training step cannot fit the backend's memory, before anything is computed. What passes may
 * still be too large: only a lower bound is known.
 *
 * @throws OptionError with the largest batch that passes
 */
export function checkStepMemory(
  spec: ModelSpec,
  batch: number,
  { tensorHeap }: Pick<OpenBackend, 'tensorHeap'>,
): void {
  if (tensorHeap === undefined) return;
  const kept = keptForGradient(spec);
  const bytes = stepBytes(kept, batch, tensorHeap);
  if (bytes <= tensorHeap.bytes) return;
  const mebibytes = (count: number) => Math.ceil(count / 2 ** 20);
  throw new OptionError({
    where: 'normlab train',
    what: '--batch',
    rule: `let what a step keeps for its gradient fit the ${mebibytes(tensorHeap.bytes)} MiB of WebAssembly's memory`,
    got: batch,
    hint: `that takes at least ${mebibytes(bytes)} MiB; at most ${largestBatch(kept, tensorHeap)} images may fit, or take a smaller --width`,
  });
}
