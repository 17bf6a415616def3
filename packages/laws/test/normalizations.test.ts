import type { BackendName } from '@normlab/backends';
import { check, lawsFor, type Precision, tensorSubject, wasmConvolutions } from '@normlab/laws';
import * as ops from '@normlab/ops';
import { withBackend } from '@normlab/testing';
import { type Rank, reshape, type Tensor, type Tensor2D, transpose } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

type Standardize = (x: Tensor, epsilon: number) => Tensor;

/** Every normalization that subtracts a mean, on a batch arranged so that each of its sets is a channel. */
const normalizations: Readonly<Record<string, Standardize>> = {
  standardize: (x, epsilon) => ops.standardize(x, leadingAxes(x), { epsilon }).y,
  layerNorm: asRows((rows, epsilon) => transpose(ops.layerNorm(transpose(rows), {}, { epsilon }))),
  instanceNorm: asRows((rows, epsilon) =>
    reshape(ops.instanceNorm(reshape<Rank.R3>(rows, [1, ...rows.shape]), {}, { epsilon }), rows.shape),
  ),
  'groupNorm, one channel per group': asRows((rows, epsilon) => {
    const images = reshape<Rank.R3>(rows, [1, ...rows.shape]);
    return reshape(ops.groupNorm(images, {}, { groups: rows.shape[1], epsilon }), rows.shape);
  }),
  'groupNorm, one group': asRows((rows, epsilon) =>
    transpose(ops.groupNorm(transpose(rows), {}, { groups: 1, epsilon })),
  ),
  weightStandardize: (x, epsilon) => ops.weightStandardize(x, { epsilon }),
};

/** The laws that need only a standardization, by itself or after a layer. */
const asked = ['1', '2', '1-batch', '2-batch', '3', '4', '4-bias', '5', '6', '16-permutation'];
const sevens = ['7-mean', '7-variance', '7-range', '7-pair'];

describe.each<[BackendName, number]>([
  ['wasm', 20],
  ['cpu', 10],
])('on %s', (backendName, runs) => {
  withBackend(backendName);

  describe.each(Object.entries(normalizations))('%s', (_, standardize) => {
    const tiles: Precision = backendName === 'wasm' ? { tiledConvolutions: wasmConvolutions } : {};
    const subject = { ...tensorSubject({ standardize }), ...tiles };
    it.each([...asked, ...sevens])('law %s holds', async (id) => {
      const law = lawsFor(subject).find((each) => each.id === id)!;
      const report = await check(law, subject, { runs, seed: 4 });
      expect(report.counterexample).toBeUndefined();
      expect(report.holds).toBe(true);
    });
  });
});

function leadingAxes(x: Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}

/** A normalization of rows [M, C] for x of any rank. */
function asRows(standardize: (rows: Tensor2D, epsilon: number) => Tensor): Standardize {
  return (x, epsilon) => {
    const rows = reshape<Rank.R2>(x, [-1, x.shape[x.rank - 1]!]);
    return reshape(standardize(rows, epsilon), x.shape);
  };
}
