import type { ModelSpec } from '@normlab/models';
import { unavailable } from '@normlab/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { scaledResults } from './support/changedKernels.js';
import { type Change, type ParityBounds, parityBounds, train } from './support/parityBounds.js';
import { rule, spec, steps } from './support/training.js';

describe(`the losses of ${steps} training steps of narrow ALL-CNN, from the same seed`, async () => {
  let parity: ParityBounds;
  beforeAll(async () => {
    parity = await parityBounds();
  });
  const worst = (losses: readonly number[]) => parity.worst(losses);

  it('the bound is tight enough to mean something: 1/10 000 of the loss', () => {
    const { bounds, reference } = parity;
    expect(bounds[0]! / reference[0]!).toBeLessThan(1e-4);
    expect(bounds[steps - 1]! / reference[steps - 1]!).toBeLessThan(1e-4);
  });

  it.each(['plain', 'relaxed'] as const)(
    `wasm, %s kernels = cpu, and the same bits on 1 and 2 threads`,
    async (build) => {
      const losses = await train('wasm', { options: { build, threads: 1 } });
      expect(worst(losses)).toBeLessThanOrEqual(1);
      expect(await train('wasm', { options: { build, threads: 2 } })).toEqual(losses);
    },
  );

  for (const name of ['webgpu', 'tensorflow'] as const) {
    const reason = await unavailable(name);
    it.skipIf(reason !== undefined)(`${name} = cpu${skippedFor(reason)}`, async () => {
      expect(worst(await train(name))).toBeLessThanOrEqual(1);
    });
  }

  // The bound can fail: it rejects trainings with small faults.
  it.each<[string, Change]>([
    ['no L2', { rule: { ...rule, l2: 0 } }],
    ['momentum 0.89 for 0.9', { rule: { ...rule, momentum: 0.89 } }],
    ['ε = 10⁻⁴ for 10⁻⁵', { network: withEpsilon(1e-4) }],
    [
      'kernel gradients of convolutions 0.1 % too large',
      { change: scaledResults('Conv2DBackpropFilter', 1.001) },
    ],
  ])('%s ≠ cpu', async (_, change) => {
    expect(worst(await train('cpu', change))).toBeGreaterThan(10);
  });
});

function withEpsilon(epsilon: number): ModelSpec {
  const layers = spec.layers.map((layer) => (layer.type === 'norm' ? { ...layer, epsilon } : layer));
  return { ...spec, layers };
}

function skippedFor(reason: string | undefined): string {
  return reason === undefined ? '' : `, SKIPPED: ${reason}`;
}
