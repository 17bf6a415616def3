import { absoluteChecks, runSuite } from '@normlab/laws/suite';
import { withBackend } from '@normlab/testing';
import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { drawnStep } from '../../src/absolute/drawnStep.js';
import { stepCases } from '../../src/absolute/stepCases.js';
import { trackStep } from '../../src/absolute/trackStep.js';
import {
  allZero,
  type KernelMutant,
  mapped,
  shortInputs,
  standardizing,
  unregistered,
  zero,
} from './kernelMutants.js';

const ids = absoluteChecks.map(({ id }) => id);
const steps = ids.filter((id) => id.startsWith('absolute-step-'));
const norms = ['absolute-standardize', 'absolute-batch-norm', ...steps];

/** The index in a table of 128 exponentials that an implementation looks up for x. */
const entryOf = (x: number) => ((Math.round((x * 128) / Math.LN2) % 128) + 128) % 128;

describe('absolute checks', () => {
  withBackend('cpu');

  it('hold on cpu, leak no tensor, and have bounds of at most about a hundred roundings', async () => {
    const before = memory().numTensors;
    const reports = await run(ids);
    expect(reports.filter(({ holds }) => !holds)).toEqual([]);
    expect(reports.map(({ id }) => id)).toEqual(ids);
    for (const { id, bound } of reports) expect(bound, id).toBeLessThan(100 * 2 ** -24);
    expect(memory().numTensors).toBe(before);
  });

  it('have ids that no law has, a statement each, and need no Node', () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, title, statement } of absoluteChecks) {
      expect(id).toMatch(/^absolute-/);
      expect(title.length * statement.length).toBeGreaterThan(0);
    }
  });

  it.each(stepCases)('float64 in JavaScript ≈ PyTorch’s: $title', (step) => {
    const { loss, after } = trackStep(step, drawnStep(step), {});
    expect(Math.abs(loss - step.loss)).toBeLessThan(1e-11);
    expect(Object.keys(after).sort()).toEqual(Object.keys(step.after).sort());
    for (const [path, expected] of Object.entries(step.after)) {
      expected.forEach((value, i) => {
        expect(Math.abs(after[path]!.value[i]! - value), path).toBeLessThan(1e-11 * (1 + Math.abs(value)));
      });
    }
  });

  const right = ({ squares, m, epsilon }: { squares: number; m: number; epsilon: number }) => ({
    deviation: Math.sqrt(squares / m + epsilon),
    variance: squares / m,
  });
  it('hold with a correct fused kernel of standardizing', async () => {
    expect(await fallenBy(standardizing(right))).toEqual([]);
  });

  it.each<[string, KernelMutant, readonly string[]]>([
    ['every kernel leaves 0', allZero, ids],
    ...[0, 1, 64, 127].map((entry): [string, KernelMutant, readonly string[]] => [
      `entry ${entry} of a table of exponentials is a thousandth too large`,
      mapped('Exp', (y, x) => (x !== 0 && entryOf(x) === entry ? 1.001 * y : y)),
      ['absolute-loss'],
    ]),
    [
      'entry 0 of a table of exponentials lies',
      mapped('Exp', (y, x) => (x !== 0 && entryOf(x) === 0 ? 0 : y)),
      ['absolute-loss'],
    ],
    ['logarithms are 10⁻⁵ too large', mapped('Log', (y) => y + 1e-5), ['absolute-loss']],
    [
      'Conv2DBackpropFilter is not there',
      unregistered('Conv2DBackpropFilter'),
      ['absolute-convolution', ...steps],
    ],
    ['Conv2DBackpropFilter leaves 0', zero('Conv2DBackpropFilter'), ['absolute-convolution', ...steps]],
    [
      'Conv2DBackpropFilter is 1 % too large',
      mapped('Conv2DBackpropFilter', (y) => 1.01 * y),
      ['absolute-convolution', ...steps],
    ],
    [
      'Conv2DBackpropInput leaves 0',
      zero('Conv2DBackpropInput'),
      ['absolute-convolution', 'absolute-step-gain'],
    ],
    ['MaxPoolGrad leaves 0', zero('MaxPoolGrad'), ['absolute-pool']],
    ['AvgPoolGrad is a thousandth too large', mapped('AvgPoolGrad', (y) => 1.001 * y), ['absolute-pool']],
    ['MaxPool takes no pixel below 0', mapped('MaxPool', (y) => Math.max(0, y)), ['absolute-pool']],
    ['AvgPool divides by all but a thousandth', mapped('AvgPool', (y) => 0.999 * y), ['absolute-pool']],
    ['Prelu leaves 0 below 0', mapped('Prelu', (y, x) => (x > 0 ? y : 0)), ['absolute-prelu']],
    ['Select chooses a thousandth too much', mapped('Select', (y) => 1.001 * y), ['absolute-prelu']],
    ...['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'].map(
      (name): [string, KernelMutant, readonly string[]] => [
        `${name} takes its inputs as bfloat16 at stride 2`,
        shortInputs(name),
        ['absolute-convolution'],
      ],
    ),
    ['BatchMatMul takes its inputs as bfloat16', shortInputs('BatchMatMul'), ['absolute-head']],
    ['Conv2D leaves 0', zero('Conv2D'), ['absolute-convolution', ...steps]],
    ['ε is 1.1·ε', standardizing((slice) => right({ ...slice, epsilon: 1.1 * slice.epsilon })), norms],
    [
      'ε is outside the root',
      standardizing((slice) => ({
        ...right(slice),
        deviation: Math.sqrt(slice.squares / slice.m) + slice.epsilon,
      })),
      norms,
    ],
    [
      'ε is always 10⁻³',
      standardizing((slice) => right({ ...slice, epsilon: 1e-3 })),
      ['absolute-standardize', ...steps],
    ],
    ['the variance is unbiased', standardizing(({ m, ...slice }) => right({ ...slice, m: m - 1 })), norms],
    [
      'only the returned variance is unbiased',
      standardizing((slice) => ({ ...right(slice), variance: slice.squares / (slice.m - 1) })),
      norms,
    ],
  ])('fail where %s', async (_, mutant, expected) => {
    const fallen = await fallenBy(mutant);
    expect(fallen).toEqual(expect.arrayContaining([...expected]));
  });

  it('report the error that a kernel throws', async () => {
    const back = unregistered('Conv2DBackpropFilter')();
    try {
      const [report] = await run(['absolute-convolution']);
      expect(report).toMatchObject({
        absolute: true,
        holds: false,
        largestError: Infinity,
        bound: 0,
        reason: expect.stringMatching(/^threw .*Conv2DBackpropFilter/),
      });
    } finally {
      back();
    }
  });
});

async function run(laws: readonly string[]) {
  const reports = [];
  for await (const report of runSuite({ runs: 1, seed: 1, laws })) reports.push(report);
  return reports;
}

async function fallenBy(mutant: KernelMutant): Promise<string[]> {
  const back = mutant();
  try {
    return (await run(ids)).filter(({ holds }) => !holds).map(({ id }) => id);
  } finally {
    back();
  }
}
