import { inSoftware, messageOf, onBackends, unitRoundoff as u } from '@normlab/testing';
import { crossEntropy, valueAndGradients } from '@normlab/train';
import {
  dispose,
  memory,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  tensor1d,
  tensor2d,
  tidy,
  zeros,
} from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import vectors from './vectors/crossEntropy.json' with { type: 'json' };

/**
 * Largest error of the loss in float32 for logits z of K classes: the difference to the largest logit is rounded once
 * (u·2·max|z|), exp turns this error into a relative error, and exp, the sum of K terms, log and the mean over N each
 * add a few roundings of numbers no larger than the loss or 1.
 */
function lossBound(logits: readonly number[][]): number {
  const largest = Math.max(...logits.flat().map(Math.abs));
  const classes = logits[0]!.length;
  return u * (4 * largest + 2 * (classes + logits.length + 8));
}

onBackends('crossEntropy', inSoftware, () => {
  async function lossAndSlope(
    logits: number[][],
    labels: number[],
  ): Promise<{ loss: number; slope: Float32Array }> {
    const z = tensor2d(logits);
    const truth: Tensor1D = tensor1d(labels, 'int32');
    const { value, gradients } = valueAndGradients(
      () => ({ value: crossEntropy(z, truth), byproducts: [] }),
      { z },
    );
    const [loss, slope] = [(await value.data())[0]!, await gradients.z!.data()];
    dispose([z, truth, value, gradients]);
    return { loss, slope: Float32Array.from(slope) };
  }

  it('has the values computed by hand', async () => {
    // log(1 + e⁻²) and log(1 + e¹) of two classes, softmax = 1/(1 + e⁻²) and 1/(1 + e⁻¹) for the larger logit.
    const { loss, slope } = await lossAndSlope(
      [
        [2, 0],
        [1, 2],
      ],
      [0, 0],
    );
    const wanted = (Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(1))) / 2;
    expect(Math.abs(loss - wanted)).toBeLessThanOrEqual(lossBound([[2, 0]]));
    const [p, q] = [1 / (1 + Math.exp(-2)), 1 / (1 + Math.exp(-1))];
    [(p - 1) / 2, (1 - p) / 2, -q / 2, q / 2].forEach((value, index) => {
      expect(Math.abs(slope[index]! - value)).toBeLessThanOrEqual(lossBound([[2, 0]]));
    });
  });

  it.each(vectors.samples.map((sample, index) => ({ ...sample, index })))(
    'equals PyTorch in float64 (sample $index)',
    async ({ logits, labels, loss, gradient }) => {
      const bound = lossBound(logits);
      const found = await lossAndSlope(logits, labels);
      expect(Math.abs(found.loss - loss)).toBeLessThanOrEqual(bound);
      gradient.flat().forEach((value, index) => {
        expect(Math.abs(found.slope[index]! - value)).toBeLessThanOrEqual(bound);
      });
    },
  );

  it('crossEntropy(z + c) = crossEntropy(z), for c a power of two that keeps z exact', async () => {
    const logits = [
      [0.5, -1.25, 3],
      [2, 2, -4],
    ];
    const moved = logits.map((row) => row.map((value) => value + 2 ** 12));
    const [here, there] = [await lossAndSlope(logits, [1, 2]), await lossAndSlope(moved, [1, 2])];
    expect(there).toEqual(here);
  });

  it('Σₖ ∂L/∂zₙₖ = 0 and L ≥ 0 for logits that overflow exp', async () => {
    const { loss, slope } = await lossAndSlope([[1e30, -1e30, 88]], [1]);
    // 2e30 is the distance of the true logit from the largest one, rounded once.
    expect(Math.abs(loss - 2e30)).toBeLessThanOrEqual(2 * u * 2e30);
    expect([...slope]).toEqual([1, -1, 0]);
  });

  it('gives NaN for a logit that is not finite', async () => {
    expect((await lossAndSlope([[Number.NaN, 1]], [1])).loss).toBeNaN();
    expect((await lossAndSlope([[Number.POSITIVE_INFINITY, 1]], [1])).loss).toBeNaN();
  });

  it('treats a class number out of range as no class', async () => {
    const { loss, slope } = await lossAndSlope([[0, 0]], [2]);
    expect(Math.abs(loss - Math.log(2))).toBeLessThanOrEqual(lossBound([[0, 0]]));
    expect([...slope]).toEqual([0.5, 0.5]);
    expect((await lossAndSlope([[0, 0]], [-1])).loss).toBe(loss);
  });

  it('leaves no tensor but its result', () => {
    const before = memory().numTensors;
    const inputs = [tensor2d([[1, 2]]), tensor1d([0], 'int32')] as const;
    const loss = crossEntropy(...inputs);
    expect(memory().numTensors).toBe(before + 3);
    dispose([...inputs, loss]);
  });

  it.each([
    { shape: [1, 2], labels: [2] },
    { shape: [2], labels: [2] },
    { shape: [2, 3, 4], labels: [2] },
    { shape: [2, 3], labels: [2, 1] },
    { shape: [2, 3], labels: [] },
  ])('names labels of shape $labels beside logits of shape $shape', async ({ shape, labels }) => {
    const ofShape = (sizes: number[], dtype: 'float32' | 'int32'): Tensor => zeros(sizes, dtype);
    const call = () =>
      tidy(() => crossEntropy(ofShape(shape, 'float32') as Tensor2D, ofShape(labels, 'int32') as Tensor1D));
    expect(await messageOf(call)).toBe(
      `ShapeError: crossEntropy: labels must have shape [N] beside logits of shape [N, K], here [${shape}], got [${labels}].`,
    );
  });

  it('refuses an empty batch, whose mean is undefined', async () => {
    const call = () => tidy(() => crossEntropy(zeros([0, 3]), zeros([0], 'int32')));
    expect(await messageOf(call)).toBe(
      'ShapeError: crossEntropy: logits must have at least one row: the mean over no images is undefined, got [0,3].',
    );
  });

  it.each(['int32', 'bool'] as const)('names logits of dtype %s', async (dtype) => {
    const call = () => tidy(() => crossEntropy(zeros([1, 2], dtype), tensor1d([0], 'int32')));
    expect(await messageOf(call)).toBe(
      `ShapeError: crossEntropy: logits must have dtype float32, got "${dtype}" (cast them first).`,
    );
  });

  it.each(['float32', 'bool'] as const)('names labels of dtype %s', async (dtype) => {
    const call = () => tidy(() => crossEntropy(tensor2d([[2, 0]]), tensor1d([1], dtype)));
    expect(await messageOf(call)).toBe(
      `ShapeError: crossEntropy: labels must have dtype int32, got "${dtype}" (make them by tensor1d(labels, 'int32')).`,
    );
  });
});
