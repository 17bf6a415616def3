import type { TensorFunctions } from '@normlab/models';
import { poolLength } from '@normlab/models';
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { ones, zeros } from '@tensorflow/tfjs-core';
import {
  type Binary,
  type GraphShape,
  GraphTensor,
  type GraphWriter,
  type Operand,
  type Unary,
} from './graph.js';

type ConvEnd = { readonly bias: Tensor | undefined; readonly activation: 'linear' | 'relu' };
type Affine = { readonly scale?: Tensor1D; readonly offset?: Tensor1D };

/** Functions that write a node for every call with a value of the graph, and compute all others. */
export type GraphFunctions = {
  /** In the place of the tensor functions that layers use. */
  readonly layers: TensorFunctions;
  /** Element by element, with broadcasting. */
  combine(kind: Binary, a: Operand, b: Operand): GraphTensor;
  apply(kind: Unary, x: GraphTensor): GraphTensor;
  mean(x: GraphTensor, axes: readonly number[], keepsAxes: boolean): GraphTensor;
  crop(x: GraphTensor, window: { top: number; left: number; height: number; width: number }): GraphTensor;
};

/**
 * The tensor functions of a graph.
 *
 * What is computed from variables alone, such as a weight-normalized kernel, is computed at once and becomes a constant.
 *
 * @param real the functions of TensorFlow.js
 */
export function graphFunctions(writer: GraphWriter, real: TensorFunctions): GraphFunctions {
  /** A node with this result. */
  const node = (kind: string, shape: GraphShape, write: (into: GraphTensor) => void): GraphTensor => {
    const into = new GraphTensor(writer.unique(kind), shape);
    write(into);
    return into;
  };

  const combine = (kind: Binary, a: Operand, b: Operand) =>
    node(kind, broadcast(shapeOf(a), shapeOf(b)), (into) => writer.binary(into, kind, a, b));
  const apply = (kind: Unary, x: GraphTensor) => node(kind, x.shape, (into) => writer.unary(into, kind, x));
  const mean = (x: GraphTensor, axes: readonly number[], keepsAxes: boolean) => {
    const shape = x.shape.flatMap((length, axis) =>
      axes.includes(axis) ? (keepsAxes ? [1] : []) : [length],
    );
    return node('mean', shape, (into) => writer.mean(into, x, { axes, keepsAxes }));
  };
  const conv2d = (x: GraphTensor, kernel: Tensor, stride: number, padding: 'same' | 'valid') => {
    const [size, , , channels] = kernel.shape;
    return node('conv', windows(x, size!, stride, padding, channels!), (into) =>
      writer.conv(into, x, kernel, { stride, padding }),
    );
  };
  const pool = (kind: 'max' | 'average', x: GraphTensor, size: number, stride: number) =>
    node(`${kind}Pool`, windows(x, size, stride, 'valid', x.shape[3]!), (into) =>
      writer.pool(into, x, { kind, size, stride }),
    );
  const affine = (x: GraphTensor, { scale, offset }: Affine) => {
    const scaled = scale === undefined ? x : combine('mul', x, scale);
    return offset === undefined ? scaled : combine('add', scaled, offset);
  };
  const standardized = (x: GraphTensor, params: Affine, groups: number, epsilon: number) =>
    affine(
      node('standardize', x.shape, (into) => writer.groupStandardize(into, x, { groups, epsilon })),
      params,
    );
  const batchNorm = (
    x: GraphTensor,
    { scale, offset }: Affine,
    { mean, variance }: { mean: Tensor1D; variance: Tensor1D },
    { epsilon }: { epsilon: number },
  ) =>
    node('batchNorm', x.shape, (into) =>
      writer.batchNorm(into, x, {
        scale: scale ?? ones(mean.shape),
        offset: offset ?? zeros(mean.shape),
        mean,
        variance,
        epsilon,
      }),
    );

  const written = {
    add: (a: Operand, b: Operand) => combine('add', a, b),
    mul: (a: Operand, b: Operand) => combine('mul', a, b),
    square: (x: GraphTensor) => combine('mul', x, x),
    relu: (x: GraphTensor) => apply('relu', x),
    tanh: (x: GraphTensor) => apply('tanh', x),
    sigmoid: (x: GraphTensor) => apply('sigmoid', x),
    erf: (x: GraphTensor) => apply('erf', x),
    elu: (x: GraphTensor) => apply('elu', x),
    leakyRelu: (x: GraphTensor, slope: number) =>
      node('leakyRelu', x.shape, (into) => writer.leakyRelu(into, x, slope)),
    prelu: (x: GraphTensor, slope: Tensor) => node('prelu', x.shape, (into) => writer.prelu(into, x, slope)),
    conv2d,
    fusedConv2d(
      x: GraphTensor,
      kernel: Tensor,
      stride: number,
      padding: 'same' | 'valid',
      { bias, activation }: ConvEnd,
    ) {
      const y = conv2d(x, kernel, stride, padding);
      const sum = bias === undefined ? y : combine('add', y, bias);
      return activation === 'relu' ? apply('relu', sum) : sum;
    },
    matMul: (x: GraphTensor, kernel: Tensor) =>
      node('matMul', [x.shape[0]!, kernel.shape[1]!], (into) => writer.matMul(into, x, kernel)),
    maxPool: (x: GraphTensor, size: number, stride: number) => pool('max', x, size, stride),
    avgPool: (x: GraphTensor, size: number, stride: number) => pool('average', x, size, stride),
    pad(x: GraphTensor, margins: readonly [number, number][], value = 0) {
      const shape = x.shape.map((length, axis) => length + margins[axis]![0] + margins[axis]![1]);
      // The number of images stays unknown.
      return node('pad', [x.shape[0]!, ...shape.slice(1)], (into) => writer.pad(into, x, { margins, value }));
    },
    mean: (x: GraphTensor, axes: readonly number[]) => mean(x, axes, false),
    batchNormInfer: batchNorm,
    constantBatchNormInfer: (
      x: GraphTensor,
      stats: { mean: Tensor1D; variance: Tensor1D },
      options: { epsilon: number },
    ) => batchNorm(x, {}, stats, options),
    layerNorm: (x: GraphTensor, params: Affine, { epsilon }: { epsilon: number }) =>
      standardized(x, params, 1, epsilon),
    instanceNorm: (x: GraphTensor, params: Affine, { epsilon }: { epsilon: number }) =>
      standardized(x, params, x.shape.at(-1)!, epsilon),
    groupNorm: (x: GraphTensor, params: Affine, { groups, epsilon }: { groups: number; epsilon: number }) =>
      standardized(x, params, groups, epsilon),
    rmsNorm(x: GraphTensor, params: Affine, { axes, epsilon }: { axes: readonly number[]; epsilon: number }) {
      const meanSquare = mean(combine('mul', x, x), axes, true);
      return affine(combine('div', x, apply('sqrt', combine('add', meanSquare, epsilon))), params);
    },
    tidy: (compute: () => unknown) => compute(),
  } satisfies { readonly [Name in keyof TensorFunctions]?: (...args: never[]) => unknown };

  const chosen = Object.entries(real).map(([name, compute]) => {
    const write: unknown = Reflect.get(written, name);
    const choose = (...args: unknown[]) => {
      if (name !== 'tidy' && !args.some((each) => each instanceof GraphTensor)) return call(compute, args);
      if (write === undefined) throw new TypeError(`No graph has ${name}, which no layer calls in inference`);
      return call(write, args);
    };
    return [name, choose];
  });
  return { layers: Object.fromEntries(chosen) as TensorFunctions, combine, apply, mean, crop };

  function crop(
    x: GraphTensor,
    { top, left, height, width }: { top: number; left: number; height: number; width: number },
  ): GraphTensor {
    return node('crop', [x.shape[0]!, height, width, x.shape[3]!], (into) =>
      writer.crop(into, x, { top, left }),
    );
  }
}

function call(compute: unknown, args: readonly unknown[]): unknown {
  return (compute as (...args: readonly unknown[]) => unknown)(...args);
}

export function shapeOf(operand: Operand): GraphShape {
  return typeof operand === 'number' ? [] : operand.shape;
}

function broadcast(a: GraphShape, b: GraphShape): GraphShape {
  const rank = Math.max(a.length, b.length);
  const aligned = (shape: GraphShape) => [...Array<number>(rank - shape.length).fill(1), ...shape];
  const [first, second] = [aligned(a), aligned(b)];
  return first.map((length, axis) => (length === 1 ? second[axis]! : length));
}

function windows(
  x: GraphTensor,
  size: number,
  stride: number,
  padding: 'same' | 'valid',
  channels: number,
): GraphShape {
  const [rows, columns] = [x.shape[1]!, x.shape[2]!].map((n) => poolLength(n, size, stride, padding).length);
  return [x.shape[0]!, rows!, columns!, channels];
}
