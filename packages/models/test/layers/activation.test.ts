import { buildModel, type ModelSpec } from '@normlab/models';
import { onBackends, unitRoundoff, usualSettings } from '@normlab/testing';
import { grads, mul, sum, type Tensor, type Tensor4D, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

const spec: ModelSpec = {
  name: 'one PReLU',
  input: [1, 3, 2],
  classes: 2,
  layers: [
    { type: 'activation', name: 'prelu', kind: 'prelu' },
    { type: 'globalPool', name: 'pool' },
  ],
};
const model = buildModel(spec);

onBackends('PReLU', usualSettings, () => {
  it.each([0, -0])('at %d: y = 0, ∂y/∂x is the slope, and ∂y/∂slope = 0, as in PyTorch', async (zero) => {
    // Channels of slope ½ and −2; pixels at −1, 0 and 1. The pool divides by 3, so dy is 3 per logit.
    const x = tensor4d([-1, -1, zero, zero, 1, 1], [1, 1, 3, 2]);
    const slope = tensor1d([0.5, -2]);
    const logitsOf = (a: Tensor, b: Tensor) =>
      model.applyTrain({ 'prelu/slope': b }, {}, a as Tensor4D, { seed: 1 }).logits;
    const total = (a: Tensor, b: Tensor) => sum<Tensor>(mul(logitsOf(a, b), 3));
    const [dx, dSlope] = grads(total)([x, slope]);
    expect([...(await dx!.data())]).toEqual([0.5, -2, 0.5, -2, 1, 1]);
    expect([...(await dSlope!.data())]).toEqual([-1, -1]);
    // (−½ + 0 + 1)/3 and (2 + 0 + 1)/3: two additions that are exact, and one rounding of the quotient.
    const logits = await logitsOf(x, slope).data();
    [1 / 6, 1].forEach((value, channel) => {
      expect(Math.abs(logits[channel]! - value)).toBeLessThanOrEqual(2 * unitRoundoff * value);
    });
  });
});
