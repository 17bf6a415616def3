import { readFileSync } from 'node:fs';
import {
  arrayOf,
  everySetting,
  expectWithin,
  gamma,
  type NdArray,
  onBackends,
  read,
  twins,
  unitRoundoff as u,
} from '@normlab/testing';
import { expect, it } from 'vitest';
import { type Arrays, tensorsOf } from './harness/operation.js';
import { type CallOptions, operations } from './harness/operations.js';
import { callOptions } from './harness/options.js';

/** As vectors/README.md describes them. */
type NodeTest = {
  readonly name: string;
  readonly operator: string;
  readonly attributes: Readonly<Record<string, number>>;
  readonly inputs: readonly NdArray[];
  readonly output: NdArray;
};

type Call = {
  readonly operation: keyof typeof operations;
  readonly inputs: Arrays;
  readonly options: Partial<CallOptions>;
  readonly setOf: twins.SetOf;
  readonly output: NdArray;
};

const file = new URL('../../../vectors/onnx/normalizations.json', import.meta.url);
const { cases }: { cases: NodeTest[] } = JSON.parse(readFileSync(file, 'utf8'));

it('all 46 of them are present', () => {
  expect(cases).toHaveLength(46);
});

onBackends('ONNX’s own node tests of normalizations', everySetting, () => {
  it.each(cases)('$name', async (test) => {
    const { operation: name, inputs, options, setOf, output } = callOf(test);
    const operation = operations[name](inputs, callOptions(inputs.x!.shape.at(-1)!, options));
    const ours = operation.bounds(output).output;
    const theirs = theirError(inputs, setOf, options.epsilon!);
    const y = await read(() => operation.run(tensorsOf(inputs)));
    expectWithin(
      y,
      output,
      arrayOf(output.shape, (_, place) => ours.values[place]! + theirs),
    );
  });
});

/** The equivalent call of our operation for an ONNX node: channels last, axes listed one by one. */
function callOf({ operator, attributes, inputs, output }: NodeTest): Call {
  const [x, scale, offset, mean, variance] = inputs as [NdArray, NdArray, NdArray, NdArray, NdArray];
  const { axis = -1, epsilon = 1e-5, num_groups: groups = 1, training_mode: trains = 0 } = attributes;
  const rank = x.shape.length;
  if (operator === 'LayerNormalization' || operator === 'RMSNormalization') {
    const first = (axis + rank) % rank;
    const axes = Array.from({ length: rank - first }, (_, index) => first + index);
    return {
      operation: operator === 'LayerNormalization' ? 'layerNorm' : 'rmsNorm',
      inputs: { x, scale, ...(offset && { offset }) },
      options: { axes, epsilon },
      setOf: twins.acrossAxes(axes, x.shape),
      output,
    };
  }
  const image = { inputs: { x: channelsLast(x), scale, offset }, output: channelsLast(output) };
  if (operator === 'InstanceNormalization') {
    return {
      operation: 'instanceNorm',
      ...image,
      options: { epsilon },
      setOf: (at) => `${at[0]},${at.at(-1)}`,
    };
  }
  if (operator === 'GroupNormalization') {
    const inGroup = (channel: number) => Math.floor((channel * groups) / scale.values.length);
    const setOf: twins.SetOf = (at) => `${at[0]},${inGroup(at.at(-1)!)}`;
    return { operation: 'groupNorm', ...image, options: { groups, epsilon }, setOf };
  }
  const options = { epsilon, stats: { mean, variance } };
  return {
    operation: trains ? 'batchNormTrain' : 'batchNormInfer',
    ...image,
    options,
    setOf: twins.byChannel,
  };
}

function channelsLast(x: NdArray): NdArray {
  const [batch, channels, ...positions] = x.shape as [number, number, ...number[]];
  const pixels = positions.reduce((product, length) => product * length, 1);
  return arrayOf([batch, ...positions, channels], (at, place) => {
    const pixel = Math.floor(place / channels) % pixels;
    return x.values[(at[0]! * channels + at.at(-1)!) * pixels + pixel]!;
  });
}

/**
 * A bound on the error of ONNX's numbers, which are float32 too. With M = max |x|, s the smallest root, and
 * m elements per set: a mean errs by γ(m)·M; a variance, taken as mean x² − (mean x)², by at most 4γ(m + 2)·M², which is
 * ρ = 4γ(m + 2)·M²/s² relative to s²; the rest is eight roundings. Batch norm with given statistics errs by less.
 */
function theirError({ x, scale, offset }: Arrays, setOf: twins.SetOf, epsilon: number): number {
  const most = (array: NdArray | undefined) => Math.max(0, ...(array?.values ?? []).map(Math.abs));
  const statistics = [...twins.statisticsOf(x!, setOf).values()];
  const s = Math.sqrt(Math.min(...statistics.map(({ variance }) => variance)) + epsilon);
  const m = x!.values.length / statistics.length;
  const [M, gain] = [most(x), most(scale)];
  const rho = (4 * gamma(m + 2) * M ** 2) / s ** 2;
  const standardized = (2 * M) / s;
  return gain * ((gamma(m) * M) / s + standardized * (rho / 2 + 8 * u)) + 8 * u * most(offset);
}
