import { type OpenBackend, openBackend } from '@normlab/backends';
import type { Variables } from '@normlab/models';
import { inSoftware, messageOf, onBackends, unitRoundoff as u } from '@normlab/testing';
import {
  type AdamWOptions,
  adamW,
  constant,
  exponentialDecay,
  initState,
  type Optimizer,
  piecewiseConstant,
  type SgdOptions,
  sgd,
  warmup,
} from '@normlab/train';
import {
  dispose,
  memory,
  scalar,
  type Tensor,
  tensor,
  tensor1d,
  tensor2d,
  tidy,
} from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tinyModel } from './support/tinyModel.js';
import vectors from './vectors/optimizers.json' with { type: 'json' };

type Values = Readonly<Record<string, readonly number[]>>;

const shapes: Readonly<Record<string, number[]>> = vectors.shapes;

function variables(values: Values): Variables {
  return Object.fromEntries(
    Object.entries(values).map(([path, each]) => [path, tensor([...each], shapes[path])]),
  );
}

function valuesOf(record: Variables): Values {
  return Object.fromEntries(Object.entries(record).map(([path, each]) => [path, [...each.dataSync()]]));
}

/** The variables after each step, from the gradients in the vectors. */
function trajectory(optimizer: Optimizer): Values[] {
  let params = variables(vectors.start);
  let state = optimizer.init(params);
  const seen = vectors.grads.map((values, step) => {
    const grads = variables(values);
    const next = optimizer.update(grads, state, params, step);
    dispose([params, state, grads]);
    ({ params, state } = next);
    return valuesOf(params);
  });
  dispose([params, state]);
  return seen;
}

const rates = piecewiseConstant({ boundaries: [1, 2, 3, 4, 5], values: vectors.rates });

function optimizerOf({ optimizer, options }: { optimizer: string; options: object }): Optimizer {
  if (optimizer === 'adamW') return adamW({ learningRate: rates, ...(options as Partial<AdamWOptions>) });
  return sgd({ learningRate: rates, ...(options as Partial<SgdOptions>) });
}

/**
 * Largest error of w after t steps in float32, for numbers of size M ≤ 16 = 2⁴ (momentum 0.875 sums up to 8 gradients
 * of size ≤ 2 + λ·w). A step rounds at most 8 times in the direction and twice in w; an error of the direction enters w
 * with the factor η ≤ 1/4, and through the momentum at most 1/(1 − m) = 8 times: 2·8 + 2 roundings of M·u per step.
 * Adam's quotient m'/√v' has size ≤ 4 here and 12 roundings: less.
 */
const bound = (steps: number): number => steps * (2 * 8 + 2) * 16 * u;

onBackends('optimizers', inSoftware, () => {
  it.each(vectors.cases.map((each) => ({ ...each, title: JSON.stringify(each.options) })))(
    '$optimizer $title equals PyTorch in float64',
    (example) => {
      const found = trajectory(optimizerOf(example));
      example.params.forEach((wanted: Values, step) => {
        for (const [path, values] of Object.entries(wanted)) {
          values.forEach((value, index) => {
            const error = Math.abs(found[step]![path]![index]! - value);
            expect(error, `${path}[${index}] after step ${step + 1}`).toBeLessThanOrEqual(bound(step + 1));
          });
        }
      });
    },
  );

  it.each([
    { optimizer: sgd({ learningRate: constant(0.1) }), own: 0 },
    { optimizer: sgd({ learningRate: constant(0.1), momentum: 0.9, l2: 1e-4, nesterov: true }), own: 1 },
    { optimizer: adamW({ learningRate: constant(0.1) }), own: 2 },
  ])('leaves only the new tensors ($own state tensors per variable)', ({ optimizer, own }) => {
    const params = variables(vectors.start);
    const grads = variables(vectors.grads[0]!);
    const before = memory().numTensors;
    const state = optimizer.init(params);
    expect(memory().numTensors).toBe(before + 2 * own);
    const next = optimizer.update(grads, state, params, 0);
    expect(memory().numTensors).toBe(before + 2 * own + 2 * (1 + own));
    expect(valuesOf(params)).toEqual(vectors.start);
    dispose([params, grads, state, next]);
  });

  it.each([
    { name: 'sgd', optimizer: sgd({ learningRate: 1 }), own: [] },
    { name: 'sgd', optimizer: sgd({ learningRate: 1, momentum: 0.5 }), own: ['velocity'] },
    { name: 'adamW', optimizer: adamW({ learningRate: 1 }), own: ['firstMoment', 'secondMoment'] },
  ])('names a tensor of another type or shape ($name with state $own)', async ({ name, optimizer, own }) => {
    /** The message of a step of w = [1, 2] in which some tensors are replaced. */
    const messageWith = (replaced: () => { param?: Tensor; grad?: Tensor; state?: Variables }) =>
      messageOf(() =>
        tidy(() => {
          const w = tensor1d([1, 2]);
          const { param = w, grad = w, state = {} } = replaced();
          return optimizer.update({ w: grad }, { ...optimizer.init({ w }), ...state }, { w: param }, 0);
        }),
      );
    const integers = () => tensor1d([1, 2], 'int32');
    const others = [
      { make: integers, rule: 'dtype float32, got "int32" (cast it first)' },
      { make: () => tensor1d([1]), rule: 'shape [2], as its variable, got [1]' },
      { make: () => tensor1d([1, 2, 3]), rule: 'shape [2], as its variable, got [3]' },
      { make: () => tensor2d([[1, 2]]), rule: 'shape [2], as its variable, got [1,2]' },
      { make: () => tensor2d([[1], [2]]), rule: 'shape [2], as its variable, got [2,1]' },
      { make: () => scalar(1), rule: 'shape [2], as its variable, got []' },
    ];
    const tensors = memory().numTensors;
    const start = `ShapeError: ${name}:`;
    expect(await messageWith(() => ({ param: integers() }))).toBe(
      `${start} the parameter w must have ${others[0]!.rule}.`,
    );
    for (const { make, rule } of others) {
      expect(await messageWith(() => ({ grad: make() }))).toBe(
        `${start} the gradient of w must have ${rule}.`,
      );
      for (const each of own) {
        const path = `w/${each}`;
        expect(await messageWith(() => ({ state: { [path]: make() } }))).toBe(
          `${start} ${path} must have ${rule}.`,
        );
      }
    }
    const wider = () =>
      tidy(() => {
        const [w, grad] = [tensor2d([[1, 2]]), tensor2d([[1, 2, 3]])];
        return optimizer.update({ w: grad }, optimizer.init({ w }), { w }, 0);
      });
    expect(await messageOf(wider)).toBe(
      `${start} the gradient of w must have shape [1,2], as its variable, got [1,3].`,
    );
    expect(memory().numTensors).toBe(tensors);
  });
});

describe('sgd', () => {
  let backend: OpenBackend;
  beforeAll(async () => {
    backend = await openBackend('cpu');
  });
  afterAll(() => backend.close());

  it('has the values computed by hand', () => {
    const optimizer = sgd({ learningRate: constant(0.5), momentum: 0.5, l2: 0.25 });
    const params = { 'a/kernel': tensor1d([4]) };
    const grads = { 'a/kernel': tensor1d([2]) };
    // v = 0.5·0 + 2 + 0.25·4 = 3, w = 4 − 0.5·3 = 2.5; v = 1.5 + 2 + 0.625 = 4.125, w = 2.5 − 2.0625.
    const one = optimizer.update(grads, optimizer.init(params), params, 0);
    expect([valuesOf(one.params), valuesOf(one.state)]).toEqual([
      { 'a/kernel': [2.5] },
      { 'a/kernel/velocity': [3] },
    ]);
    const two = optimizer.update(grads, one.state, one.params, 1);
    expect(valuesOf(two.params)).toEqual({ 'a/kernel': [0.4375] });
    expect(valuesOf(two.state)).toEqual({ 'a/kernel/velocity': [4.125] });
  });

  it('decays, of kernels alone, the variables from which kernels are computed', () => {
    const paths = [
      'plain/kernel',
      'normed/direction',
      'normed/scale',
      'normed/bias',
      'norm/scale',
      'norm/offset',
      'plain/bias',
      'prelu/slope',
      'kernel',
    ];
    const record = (value: number) => Object.fromEntries(paths.map((path) => [path, tensor1d([value])]));
    for (const optimizer of [
      sgd({ learningRate: constant(0.5), l2: 0.5, l2On: 'kernels' }),
      adamW({ learningRate: constant(0.5), weightDecay: 0.5, decayOn: 'kernels' }),
    ]) {
      const params = record(4);
      const moved = valuesOf(optimizer.update(record(0), optimizer.init(params), params, 0).params);
      expect(paths.filter((path) => moved[path]![0] === 3)).toEqual([
        ...['plain/kernel', 'normed/direction', 'normed/scale', 'kernel'],
      ]);
      expect(paths.filter((path) => moved[path]![0] === 4)).toEqual([
        'normed/bias',
        'norm/scale',
        'norm/offset',
        'plain/bias',
        'prelu/slope',
      ]);
    }
  });

  it('a number is a constant rate', () => {
    const [one, two] = [sgd({ learningRate: 0.5 }), sgd({ learningRate: constant(0.5) })];
    expect([0, 7].map(one.learningRate)).toEqual([0, 7].map(two.learningRate));
    const params = { 'a/kernel': tensor1d([4]) };
    const grads = { 'a/kernel': tensor1d([2]) };
    expect(valuesOf(one.update(grads, {}, params, 0).params)).toEqual({ 'a/kernel': [3] });
    expect(adamW({ learningRate: 0.25 }).learningRate(9)).toBe(0.25);
  });

  it('names state after its variable, in the order of the network', () => {
    const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9 });
    const state = initState(tinyModel, optimizer, 1);
    expect(Object.keys(state.optimizer)).toEqual([
      'conv1/kernel/velocity',
      'dense/kernel/velocity',
      'dense/bias/velocity',
    ]);
    dispose([state.params, state.stats, state.optimizer]);
  });

  it('names invalid options and mismatched state', async () => {
    const calls = [
      () => sgd({ learningRate: -1 }),
      () => sgd({ learningRate: Number.NaN }),
      () => sgd({ learningRate: JSON.parse('"0.1"') }),
      () => adamW({ learningRate: Number.POSITIVE_INFINITY }),
      () => sgd({ learningRate: constant(1), momentum: 1 }),
      () => sgd({ learningRate: constant(1), nesterov: true }),
      () => sgd({ learningRate: constant(1), l2: -1 }),
      () => sgd({ learningRate: constant(1), l2On: JSON.parse('"kernel"') }),
      () => adamW({ learningRate: constant(1), beta2: 1 }),
      () => adamW({ learningRate: constant(1), epsilon: 0 }),
      () => adamW({ learningRate: constant(1), weightDecay: Number.NaN }),
      () => adamW({ learningRate: constant(1), decayOn: JSON.parse('"none"') }),
      () => update(sgd({ learningRate: constant(1), momentum: 0.9 }), { grads: ['w'], state: [] }),
      () => update(adamW({ learningRate: constant(1) }), { grads: ['w'], state: ['w/velocity'] }),
      () => update(sgd({ learningRate: constant(1) }), { grads: ['v'], state: [] }),
      () => update(adamW({ learningRate: constant(1) }), { grads: ['a', 'b', 'c', 'd'], state: [] }),
      () => update(adamW({ learningRate: 1 }), { grads: ['w'], state: ['w/firstMoment', 'a', 'b', 'c'] }),
      () => update(sgd({ learningRate: () => Number.NaN }), { grads: ['w'], state: [] }),
      () => adamW({ learningRate: (step) => [0.1, 0.2][step]! }).learningRate(2),
      () => sgd({ learningRate: warmup((step) => 1 - step, { steps: 1 }) }).learningRate(3),
      () => sgd({ learningRate: () => JSON.parse('"0.1"') }).learningRate(0),
      () => sgd({ learningRate: exponentialDecay({ initial: 1, factor: 10, steps: 1 }) }).learningRate(39),
    ];
    expect(await Promise.all(calls.map(messageOf))).toMatchInlineSnapshot(`
      [
        "OptionError: sgd: learningRate must be finite in float32 and ≥ 0, got -1.",
        "OptionError: sgd: learningRate must be finite in float32 and ≥ 0, got NaN.",
        "OptionError: sgd: learningRate must be a number or a schedule, got "0.1".",
        "OptionError: adamW: learningRate must be finite in float32 and ≥ 0, got Infinity.",
        "OptionError: sgd: momentum must be in [0, 1), got 1.",
        "OptionError: sgd: momentum must be above 0 with nesterov, got 0.",
        "OptionError: sgd: l2 must be finite in float32 and ≥ 0, got -1.",
        "OptionError: sgd: l2On must be one of all, kernels, got "kernel" (did you mean "kernels"?).",
        "OptionError: adamW: beta2 must be in [0, 1), got 1.",
        "OptionError: adamW: epsilon must be in [2^-126, 2^128), the positive normal numbers of float32, got 0.",
        "OptionError: adamW: weightDecay must be finite in float32 and ≥ 0, got NaN.",
        "OptionError: adamW: decayOn must be one of all, kernels, got "none" (valid names: all, kernels).",
        "TrainError: sgd: the optimizer state must hold w/velocity, got [] (it was made by another optimizer or for another model).",
        "TrainError: adamW: the optimizer state must hold w/firstMoment, got ["w/velocity"] (it was made by another optimizer or for another model).",
        "TrainError: sgd: grads must hold w, got ["v"].",
        "TrainError: adamW: grads must hold w, got ["a","b","c"].",
        "TrainError: adamW: the optimizer state must hold w/secondMoment, got ["w/firstMoment","a","b"] (it was made by another optimizer or for another model).",
        "OptionError: sgd: learningRate(0) must be finite in float32 and ≥ 0, got NaN.",
        "OptionError: adamW: learningRate(2) must be finite in float32 and ≥ 0.",
        "OptionError: warmup: rate(3) must be finite in float32 and ≥ 0, got -2.",
        "OptionError: sgd: learningRate(0) must be finite in float32 and ≥ 0, got "0.1".",
        "OptionError: sgd: learningRate(39) must be finite in float32 and ≥ 0, got 1.0000000000000001e+39.",
      ]
    `);
  });

  it('accepts the ends of what is allowed and refuses what is just beyond', async () => {
    const at = (options: Partial<AdamWOptions>) => () => adamW({ learningRate: 0, ...options });
    for (const options of [{ beta1: 0 }, { beta2: 0 }, { weightDecay: 0 }]) expect(at(options)).not.toThrow();
    for (const epsilon of [2 ** -126, 3.4e38]) expect(at({ epsilon, learningRate: 3.4e38 })).not.toThrow();
    expect(() => sgd({ learningRate: 0, momentum: 0, l2: 0 })).not.toThrow();
    const messages = [
      await messageOf(at({ beta1: -0.1 })),
      await messageOf(at({ weightDecay: -0.1 })),
      await messageOf(at({ weightDecay: Number.POSITIVE_INFINITY })),
      await messageOf(() => sgd({ learningRate: 1, momentum: -0.1 })),
      await messageOf(() => sgd({ learningRate: 1, l2: Number.POSITIVE_INFINITY })),
      await messageOf(() => sgd({ learningRate: 1, l2: 3.5e38 })),
      await messageOf(at({ weightDecay: 3.5e38 })),
      await messageOf(at({ learningRate: 3.5e38 })),
      await messageOf(at({ epsilon: 3.5e38 })),
      await messageOf(at({ epsilon: 1e-38 })),
    ];
    expect(messages).toEqual([
      'OptionError: adamW: beta1 must be in [0, 1), got -0.1.',
      'OptionError: adamW: weightDecay must be finite in float32 and ≥ 0, got -0.1.',
      'OptionError: adamW: weightDecay must be finite in float32 and ≥ 0, got Infinity.',
      'OptionError: sgd: momentum must be in [0, 1), got -0.1.',
      'OptionError: sgd: l2 must be finite in float32 and ≥ 0, got Infinity.',
      'OptionError: sgd: l2 must be finite in float32 and ≥ 0, got 3.5e+38.',
      'OptionError: adamW: weightDecay must be finite in float32 and ≥ 0, got 3.5e+38.',
      'OptionError: adamW: learningRate must be finite in float32 and ≥ 0, got 3.5e+38.',
      'OptionError: adamW: epsilon must be in [2^-126, 2^128), the positive normal numbers of float32, got 3.5e+38.',
      'OptionError: adamW: epsilon must be in [2^-126, 2^128), the positive normal numbers of float32, got 1e-38.',
    ]);
  });

  function update(optimizer: Optimizer, { grads, state }: { grads: string[]; state: string[] }): unknown {
    return tidy(() => {
      const of = (paths: string[]): Variables =>
        Object.fromEntries(paths.map((path) => [path, tensor1d([1])]));
      return optimizer.update(of(grads), of(state), of(['w']), 0);
    });
  }
});
