import { NormlabError } from '@normlab/errors';
import * as ops from '@normlab/ops';
import { complaintOf, onBackends, usualSettings } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type Vector = tf.Tensor1D;
type Stats = ops.RunningStats;
type Options = { readonly epsilon?: number; readonly decay?: number; readonly groups?: number };

/** The arguments of one call, each of which a test may replace. */
type Call = (given: {
  x: tf.Tensor;
  scale: Vector;
  offset: Vector;
  stats: Stats;
  bias: Vector;
  options: Options;
  axes: number[];
}) => unknown;

/** The arguments of each operation besides x and ε. */
const operations: Readonly<Record<string, { takes: readonly string[]; call: Call }>> = {
  standardize: { takes: ['axes'], call: ({ x, axes, options }) => ops.standardize(x, axes, options) },
  batchNormTrain: {
    takes: ['scale', 'offset', 'stats', 'decay'],
    call: ({ x, scale, offset, stats, options }) => ops.batchNormTrain(x, { scale, offset }, stats, options),
  },
  batchNormReluTrain: {
    takes: ['scale', 'offset', 'stats', 'decay'],
    call: ({ x, scale, offset, stats, options }) =>
      ops.batchNormReluTrain(x, { scale, offset }, stats, options),
  },
  batchNormInfer: {
    takes: ['scale', 'offset', 'stats'],
    call: ({ x, scale, offset, stats, options }) => ops.batchNormInfer(x, { scale, offset }, stats, options),
  },
  constantBatchNormTrain: {
    takes: ['stats', 'decay'],
    call: ({ x, stats, options }) => ops.constantBatchNormTrain(x, stats, options),
  },
  constantBatchNormInfer: {
    takes: ['stats'],
    call: ({ x, stats, options }) => ops.constantBatchNormInfer(x, stats, options),
  },
  layerNorm: {
    takes: ['scale', 'offset', 'axes'],
    call: ({ x, scale, offset, axes, options }) => ops.layerNorm(x, { scale, offset }, { axes, ...options }),
  },
  instanceNorm: {
    takes: ['scale', 'offset'],
    call: ({ x, scale, offset, options }) => ops.instanceNorm(x, { scale, offset }, options),
  },
  groupNorm: {
    takes: ['scale', 'offset', 'groups'],
    call: ({ x, scale, offset, options }) => ops.groupNorm(x, { scale, offset }, { groups: 2, ...options }),
  },
  rmsNorm: {
    takes: ['scale', 'offset', 'axes'],
    call: ({ x, scale, offset, axes, options }) => ops.rmsNorm(x, { scale, offset }, { axes, ...options }),
  },
  weightNorm: { takes: ['scale', 'no epsilon'], call: ({ x, scale }) => ops.weightNorm(x, scale) },
  weightStandardize: { takes: [], call: ({ x, options }) => ops.weightStandardize(x, options) },
  foldBatchNorm: {
    takes: ['scale', 'offset', 'stats', 'bias'],
    call: ({ x, bias, scale, offset, stats, options }) =>
      ops.foldBatchNorm({ kernel: x, bias }, { scale, offset }, stats, options),
  },
};

const vectors = ['not [C]', 'of rank 2', 'of ints', 'of booleans', 'disposed', 'an array', 'null'] as const;

it('every operation is here', () => {
  const functions = Object.keys(ops);
  expect(Object.keys(operations).sort()).toEqual(functions.sort());
});

onBackends('badInput', usualSettings, () => {
  let good: Parameters<Call>[0];
  let bad: { x: Record<string, unknown>; vector: Record<(typeof vectors)[number], unknown> };
  let made: tf.Tensor[];
  const own = <T extends tf.Tensor>(tensor: T): T => {
    made.push(tensor);
    return tensor;
  };
  beforeAll(() => {
    made = [];
    const vector = () => own(tf.ones<tf.Rank.R1>([4]));
    const disposed = (shape: number[]) => {
      const tensor = tf.zeros(shape);
      tensor.dispose();
      return tensor;
    };
    good = {
      x: own(tf.ones([2, 3, 4])),
      ...{ scale: vector(), offset: vector(), bias: vector() },
      stats: { mean: vector(), variance: vector() },
      options: {},
      axes: [1, 2],
    };
    bad = {
      x: {
        'of rank 1': own(tf.zeros([4])),
        'of rank 0': own(tf.scalar(1)),
        'without samples': own(tf.zeros([0, 3, 4])),
        'without channels': own(tf.zeros([2, 3, 0])),
        'of ints': own(tf.zeros([2, 3, 4], 'int32')),
        'of booleans': own(tf.zeros([2, 3, 4], 'bool')),
        disposed: disposed([2, 3, 4]),
        'an array': [[1, 2]],
        undefined: undefined,
        null: null,
      },
      vector: {
        'not [C]': own(tf.zeros([5])),
        'of rank 2': own(tf.zeros([1, 4])),
        'of ints': own(tf.zeros([4], 'int32')),
        'of booleans': own(tf.zeros([4], 'bool')),
        disposed: disposed([4]),
        'an array': [1, 2, 3, 4],
        null: null,
      },
    };
  });
  afterAll(() => tf.dispose(made));

  describe.each(Object.entries(operations))(
    '%s refuses, before it allocates anything,',
    (name, { takes, call }) => {
      const refuses = (replaced: object) => {
        const { numTensors, numBytes } = tf.memory();
        const lastId = idOfNewTensor();
        let thrown: unknown;
        try {
          call({ ...good, ...replaced });
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toBeInstanceOf(NormlabError);
        expect((thrown as NormlabError).message).toMatch(new RegExp(`^${name}: [\\w.]+ must .+[^.]\\.$`));
        expect(idOfNewTensor(), 'tensors created, by their running number').toBe(lastId + 1);
        expect(tf.memory()).toMatchObject({ numTensors, numBytes });
      };
      const optionsOf = (key: string, values: readonly unknown[]) => {
        for (const value of values) refuses({ options: { [key]: value } });
      };

      it('an x of another kind', () => {
        for (const x of Object.values(bad.x)) refuses({ x });
      });

      for (const vector of ['scale', 'offset', 'bias'].filter((each) => takes.includes(each))) {
        it.each(vectors)(`a ${vector} that is %s`, (kind) => refuses({ [vector]: bad.vector[kind] }));
      }

      if (takes.includes('stats')) {
        it.each(vectors)('statistics that are %s', (kind) => {
          refuses({ stats: { ...good.stats, mean: bad.vector[kind] } });
          refuses({ stats: { ...good.stats, variance: bad.vector[kind] } });
        });

        it('no statistics', () => {
          for (const stats of [undefined, null, {}, good.stats.mean]) refuses({ stats });
        });
      }

      if (!takes.includes('no epsilon')) {
        it('an ε that is below 0, NaN, infinite, or not a number', () => {
          optionsOf('epsilon', [-1e-9, Number.NaN, Infinity, -Infinity, '1e-5', null]);
        });
      }

      if (takes.includes('decay')) {
        it('a decay that is outside [0, 1], NaN, or not a number', () => {
          optionsOf('decay', [-0.1, 1.1, Number.NaN, '0.9', null]);
        });
      }

      if (takes.includes('groups')) {
        it('groups that do not divide C, or are not a number', () => {
          optionsOf('groups', [0, 3, 8, -2, 1.5, Number.NaN, '2', null, undefined]);
        });
      }

      if (takes.includes('axes')) {
        it('axes that do not exist', () => {
          for (const axes of [[], [3], [-4], [0.5], [0, 0], [2, -1], 0, null]) refuses({ axes });
        });
      }
    },
  );

  it('groupNorm without options asks for groups', () => {
    const call = ops.groupNorm as (x: tf.Tensor, params: ops.AffineParams) => unknown;
    expect(complaintOf(() => call(good.x, {}))).toMatchInlineSnapshot(
      `"OptionError: groupNorm: groups must be an integer ≥ 1 that divides C = 4 (the last axis of x)."`,
    );
  });

  it('parameters that are not a record are refused too', () => {
    const { x, stats } = good;
    const nothing: unknown = undefined;
    const params = nothing as ops.AffineParams;
    for (const call of [
      () => ops.batchNormTrain(x, params, stats),
      () => ops.batchNormReluTrain(x, params, stats),
      () => ops.batchNormInfer(x, params, stats),
      () => ops.layerNorm(x, params),
      () => ops.instanceNorm(x, params),
      () => ops.groupNorm(x, params, { groups: 2 }),
      () => ops.rmsNorm(x, params),
      () => ops.foldBatchNorm({ kernel: x }, params, stats),
    ]) {
      expect(call).toThrow('params must hold scale and offset, either of which may be left out');
    }
    expect(() => ops.foldBatchNorm(nothing as ops.FoldableLayer, {}, stats)).toThrow(
      'foldBatchNorm: layer must hold a kernel, and a bias that may be left out',
    );
  });
});

/** tfjs numbers tensors as it creates them: consecutive numbers mean that no tensor was created between them. */
function idOfNewTensor(): number {
  const tensor = tf.scalar(0);
  tensor.dispose();
  return tensor.id;
}
