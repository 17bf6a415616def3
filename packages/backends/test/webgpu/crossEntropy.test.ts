import { unitRoundoff, worstExcess } from '@normlab/testing';
import { crossEntropy } from '@normlab/train';
import { dispose, getKernel, type Tensor2D, tensor1d, valueAndGrad } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { describeBeside } from '../support/backends.js';
import { longestChain } from '../support/longestChain.js';
import { normals, tensorOf, type Values } from '../support/tensors.js';

const u = unitRoundoff;

await describeBeside('webgpu', {}, (compute) => {
  it.each([
    { rows: 1, classes: 1 },
    { rows: 3, classes: 2 },
    { rows: 65, classes: 7 },
    { rows: 32, classes: 10 },
    { rows: 5, classes: 1001 },
  ])('cross-entropy of $rows × $classes and its gradient agree with float64', async ({ rows, classes }) => {
    const noise = normals(1, rows, classes);
    const logits = { shape: noise.shape, data: noise.data.map((value) => 5 * value + 30) };
    // All classes, and beyond both ends labels that count as no class.
    const labels = Int32Array.from({ length: rows }, (_, row) => (rows > 2 ? (row % (classes + 2)) - 1 : 0));
    const [loss, slope] = await compute('webgpu', async () => {
      expect(getKernel('NormlabSoftmaxCrossEntropy', 'webgpu')).toBeDefined();
      const [z, y] = [tensorOf(logits) as Tensor2D, tensor1d(labels, 'int32')];
      const { value, grad } = valueAndGrad((each: Tensor2D) => crossEntropy(each, y))(z);
      const read = [await value.data(), await grad.data()];
      dispose([z, y, value, grad]);
      return read;
    });
    const twin = inFloat64(logits, labels);
    expect(worstExcess(loss!, [twin.loss], () => twin.lossBound)).toBeLessThanOrEqual(1);
    expect(worstExcess(slope!, twin.slope, (i) => twin.slopeBounds[i]!)).toBeLessThanOrEqual(1);
  });

  it.each([0, 1])('a logit of +∞ gives a loss that is not finite, label %i', async (label) => {
    expect(Number.isFinite(await lossOf([Infinity, 0], label))).toBe(false);
  });

  it('a logit of −∞ has probability 0', async () => {
    expect(await lossOf([-Infinity, 0], 1)).toBe(0);
    expect(Number.isFinite(await lossOf([-Infinity, 0], 0))).toBe(false);
  });

  function lossOf(logits: readonly number[], label: number) {
    return compute('webgpu', async () => {
      const values = { shape: [1, 2], data: Float32Array.from(logits) };
      const tensors = [tensorOf(values) as Tensor2D, tensor1d([label], 'int32')] as const;
      const value = crossEntropy(...tensors);
      const [read] = await value.data();
      dispose([...tensors, value]);
      return read;
    });
  }
});

/**
 * With x = z − m: x has one rounding, and WGSL allows exp an error of (3 + 2|x|) ULP, so each power is off by a relative
 * (6 + 5|x|)·u; their sum of K terms by that of its largest term, and K·u. The logarithm has that as its absolute error,
 * and its own, 3 ULP or 2⁻²¹. Then two differences, and the mean of N losses. The slope has the errors of a power, the
 * sum, a division (2.5 ULP = 5u) and a difference, and another division.
 */
function inFloat64({ shape, data }: Values, labels: Int32Array) {
  const [rows, classes] = shape as [number, number];
  const slope: number[] = [];
  const slopeBounds: number[] = [];
  const losses: number[] = [];
  const lossErrors: number[] = [];
  labels.forEach((label, row) => {
    const z = Array.from(data.slice(row * classes, (row + 1) * classes));
    const shifted = z.map((value) => value - Math.max(...z));
    const powers = shifted.map(Math.exp);
    const total = powers.reduce((sum, power) => sum + power, 0);
    const truth = shifted[label] ?? 0;
    const powerError = (x: number) => (6 + 5 * Math.abs(x)) * u;
    const weighted = powers.map((power, k) => power * powerError(shifted[k]!));
    const sumError = weighted.reduce((sum, each) => sum + each, 0) / total + classes * u;
    losses.push(Math.log(total) - truth);
    lossErrors.push(
      sumError + Math.max(6 * Math.log(total), 8) * u + 2 * u * (Math.abs(truth) + Math.log(total)),
    );
    powers.forEach((power, k) => {
      const probability = power / total;
      const target = k === label ? 1 : 0;
      slope.push((probability - target) / rows);
      const error = probability * (powerError(shifted[k]!) + sumError + 5 * u);
      slopeBounds.push((error + 6 * u * Math.abs(probability - target)) / rows);
    });
  });
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / rows;
  return {
    ...{ slope, slopeBounds, loss: mean(losses) },
    lossBound: mean(lossErrors) + (longestChain(rows) + 5) * u * mean(losses.map(Math.abs)),
  };
}
