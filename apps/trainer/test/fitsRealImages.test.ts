import { openBackend } from '@normlab/backends';
import {
  centralCrop,
  channelStatistics,
  type Dataset,
  evaluationBatches,
  normalizeChannels,
} from '@normlab/datasets';
import { imageFolder } from '@normlab/datasets/node';
import { allCnn, buildModel, type Placement, placements } from '@normlab/models';
import { hasRealImages } from '@normlab/testing';
import { adamW, cosine, fit } from '@normlab/train';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from './commands/spawnNormlab.js';
import { realImageFolder } from './realImages.js';

const count = 64;
const steps = 100;
// A narrow network on the images' centres: the law depends on neither width nor size, and the test is fast.
const side = 12;
const width = 0.125;

/** Law 19: the smallest loss that logits of mean 0 and mean square ≤ 1 per class, cut off at 0, allow. */
function lossFloor(labels: Uint8Array, classes: number): number {
  const shares = Array.from({ length: classes }, (_, each) => labels.filter((label) => label === each).length)
    .map((images) => images / labels.length)
    .filter((share) => share > 0);
  return shares.reduce(
    (sum, share) => sum + share * Math.log(1 + (classes - 1) * Math.exp(-Math.sqrt((1 - share) / share))),
    0,
  );
}

describe.skipIf(!hasRealImages)(`${count} real images (shared/data beside the checkout)`, async () => {
  const folder = temporaryFolder();
  let images: Dataset;
  let close: () => Promise<void>;

  beforeAll(async () => {
    const backend = await openBackend('wasm', { threads: 1 });
    close = () => backend.close();
    images = (await imageFolder(realImageFolder(folder, count), { cache: false })).train;
  });
  afterAll(() => close());

  /**
   * Trains on all images in one batch, repeatedly, until they are fitted with a loss below `enough`.
   *
   * @returns each step's loss and the last accuracy
   */
  async function memorize(norm: Placement, enough = 0): Promise<{ losses: number[]; accuracy: number }> {
    const statistics = channelStatistics(images);
    const losses: number[] = [];
    let accuracy = 0;
    for await (const event of fit({
      model: buildModel(allCnn({ norm, width, input: [side, side, 3] })),
      optimizer: adamW({ learningRate: cosine({ initial: 0.005, steps }), weightDecay: 0 }),
      seed: 2,
      steps,
      stepsPerEpoch: 1,
      batches: () =>
        evaluationBatches(images, {
          size: count,
          prepare: (image) => normalizeChannels(centralCrop(image, { size: side }), statistics),
        }),
    })) {
      if (event.type !== 'step') continue;
      losses.push(event.loss);
      accuracy = event.accuracy;
      if (accuracy === 1 && event.loss < enough) break;
    }
    return { losses, accuracy };
  }

  it.each(placements.filter((norm) => norm !== 'cbn-all'))(
    '%s fits all of them, with a loss below the bound for cbn-all',
    async (norm) => {
      const floor = lossFloor(images.labels, images.classes.length);
      const { losses, accuracy } = await memorize(norm, floor);
      expect(accuracy).toBe(1);
      expect(losses.at(-1)).toBeLessThan(floor);
    },
  );

  it('cbn-all fits all of them, down to law 19’s bound on the loss and never below', async () => {
    const { losses, accuracy } = await memorize('cbn-all');
    const floor = lossFloor(images.labels, images.classes.length);
    expect(accuracy).toBe(1);
    // The loss is a float32 mean of 64 logarithms, each to a few units of 2^-24 relative.
    expect(Math.min(...losses)).toBeGreaterThan(floor - 1e-5);
    // The rest above the bound comes from unequal logits within a class, which these steps reduce to .014.
    expect(losses.at(-1)! - floor).toBeLessThan(0.02);
  });

  it('law 19 at ten equal classes: .370', () => {
    expect(
      lossFloor(
        Uint8Array.from({ length: 10 }, (_, label) => label),
        10,
      ),
    ).toBeCloseTo(0.37, 3);
  });
});
