import { unitRoundoff, worstExcess } from '@normlab/testing';
import { getKernel } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { runKernel } from '../support/runKernel.js';
import { normals } from '../support/tensors.js';

const u = unitRoundoff;
const rule = { beta1: 0.9, beta2: 0.99, epsilon: 1e-3, stepSize: 0.2, rootCorrection: 0.3, kept: 0.75 };

await describeBeside('webgpu', {}, (compute) => {
  it.each([[[3, 3, 5, 8]], [[97]], [[1]]])('an AdamW step of %j agrees with its equations', async (shape) => {
    const [param, grad, firstMoment] = [normals(1, ...shape), normals(2, ...shape), normals(3, ...shape)];
    const squares = normals(4, ...shape);
    const secondMoment = { shape, data: squares.data.map((value) => value ** 2) };
    // Another variable before it, with another decay.
    const inputs = {
      params: [normals(5, 2, 3), param],
      grads: [normals(6, 2, 3), grad],
      firstMoments: [normals(7, 2, 3), firstMoment],
      secondMoments: [{ shape: [2, 3], data: new Float32Array(6) }, secondMoment],
    };
    const [, w, , m, , v] = await compute('webgpu', async () => {
      expect(getKernel('NormlabAdamWStep', 'webgpu')).toBeDefined();
      return runKernel('NormlabAdamWStep', inputs, { ...rule, kept: [0.5, rule.kept] });
    });
    const mean = Float64Array.from(
      grad.data,
      (g, i) => rule.beta1 * firstMoment.data[i]! + (1 - rule.beta1) * g,
    );
    const meanSquare = Float64Array.from(
      grad.data,
      (g, i) => rule.beta2 * secondMoment.data[i]! + (1 - rule.beta2) * g ** 2,
    );
    const change = mean.map((value, i) => {
      const scale = Math.sqrt(meanSquare[i]!) / rule.rootCorrection + rule.epsilon;
      return (rule.stepSize * value) / scale;
    });
    const stepped = change.map((value, i) => rule.kept * param.data[i]! - value);
    // Each moment has four roundings and two rounded constants of its terms; v' is positive, so its error is relative.
    const sizeOfMean = (i: number) =>
      rule.beta1 * Math.abs(firstMoment.data[i]!) + (1 - rule.beta1) * Math.abs(grad.data[i]!);
    expect(
      worstExcess(m!.data, mean, (i) => 6 * u * sizeOfMean(i)),
      "m'",
    ).toBeLessThanOrEqual(1);
    expect(
      worstExcess(v!.data, meanSquare, (i) => 7 * u * meanSquare[i]!),
      "v'",
    ).toBeLessThanOrEqual(1);
    // The change inherits the error of m', and half of that of v'; a root (up to 9 units), two divisions (5 each), an
    // addition, a product and three constants add 24. The difference, and its first product with a rounded constant, add 3.
    const bound = (i: number) => {
      const ofMean = (Math.abs(change[i]!) / Math.abs(mean[i]!)) * 6 * u * sizeOfMean(i);
      return (
        ofMean + 28 * u * Math.abs(change[i]!) + 3 * u * (Math.abs(param.data[i]!) + Math.abs(change[i]!))
      );
    };
    expect(worstExcess(w!.data, stepped, bound), "w'").toBeLessThanOrEqual(1);
  });
});
