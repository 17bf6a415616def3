import { allCnn, keptForGradient, resnet } from '@normlab/models';
import { messageOf } from '@normlab/testing';
import { describe, expect, it } from 'vitest';
import { checkStepMemory, largestBatch, stepBytes } from '../../src/training/stepMemory.js';

const heap = { bytes: 3712 * 2 ** 20, countedFrom: 2 ** 20 };

describe('checkStepMemory', () => {
  it.each([
    ['all-cnn', allCnn()],
    ['all-cnn, four times as wide', allCnn({ width: 4 })],
    ['resnet-101', resnet({ depth: 101 })],
  ])('of %s takes the largest batch that may fit, and names it for one more', async (_, spec) => {
    const kept = keptForGradient(spec);
    const largest = largestBatch(kept, heap);
    const perImage = 4 * kept.reduce((sum, numbers) => sum + numbers);
    // All but tensors below 1 MiB count, so that the border lies no more than these above bytes / bytes per image.
    expect(largest * perImage).toBeLessThanOrEqual(heap.bytes + kept.length * heap.countedFrom);
    expect((largest + 1) * perImage).toBeGreaterThan(heap.bytes);
    checkStepMemory(spec, largest, { tensorHeap: heap });
    expect(await messageOf(() => checkStepMemory(spec, largest + 1, { tensorHeap: heap }))).toContain(
      `at most ${largest} images may fit`,
    );
  });

  it('says what takes how much', async () => {
    expect(
      await messageOf(() => checkStepMemory(allCnn({ width: 4 }), 2000, { tensorHeap: heap })),
    ).toMatchInlineSnapshot(
      `"OptionError: normlab train: --batch must let what a step keeps for its gradient fit the 3712 MiB of WebAssembly's memory, got 2000 (that takes at least 12251 MiB; at most 606 images may fit, or take a smaller --width)."`,
    );
  });

  it('knows nothing of a backend that does not say its limit', () => {
    checkStepMemory(allCnn(), 10 ** 9, {});
  });

  it('counts no tensor that may lie beyond the limit', () => {
    expect(stepBytes([2 ** 17, 2 ** 19], 2, heap)).toBe(2 ** 20 + 2 ** 22);
    expect(stepBytes([2 ** 17 - 1, 2 ** 19], 2, heap)).toBe(2 ** 22);
  });

  it('a batch of one passes, whatever the network', () => {
    expect(largestBatch([2 ** 40], heap)).toBe(1);
  });
});
