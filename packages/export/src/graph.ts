import { keep, type Tensor } from '@tensorflow/tfjs-core';

/** Lengths along the axes, channels last; −1 is the number of images. */
export type GraphShape = readonly number[];

/** A value of a graph, the result of a node, in the place of a tensor: layers read its shape and pass it on. */
export class GraphTensor {
  constructor(
    readonly name: string,
    readonly shape: GraphShape,
  ) {}

  get rank(): number {
    return this.shape.length;
  }

  clone(): this {
    return this;
  }

  dispose(): void {}
}

/** A constant of a graph: a variable of the network, or what was computed from variables alone. */
export type GraphConstant = { readonly name: string; readonly tensor: Tensor };

/** How two values are combined element by element, with broadcasting. */
export type Binary = 'add' | 'sub' | 'mul' | 'div' | 'max';

/** A function of each element. */
export type Unary = 'elu' | 'erf' | 'relu' | 'sigmoid' | 'sqrt' | 'tanh';

/** The operand of a node: a value, a constant or a number. */
export type Operand = GraphTensor | Tensor | number;

/**
 * Writes the nodes of a graph in one format.
 *
 * Shapes are channels last whatever the format's own layout is. `into` is the node's result: its name and shape.
 */
export type GraphWriter = {
  /** The wanted name, or with a number behind it if a value or a constant of the graph has it already. */
  readonly unique: (wanted: string) => string;
  /** Margins as in TensorFlow's SAME or VALID padding. */
  conv(
    into: GraphTensor,
    x: GraphTensor,
    kernel: Tensor,
    options: { stride: number; padding: 'same' | 'valid' },
  ): void;
  matMul(into: GraphTensor, x: GraphTensor, kernel: Tensor): void;
  binary(into: GraphTensor, kind: Binary, a: Operand, b: Operand): void;
  unary(into: GraphTensor, kind: Unary, x: GraphTensor): void;
  leakyRelu(into: GraphTensor, x: GraphTensor, slope: number): void;
  /** One slope per channel. */
  prelu(into: GraphTensor, x: GraphTensor, slope: Tensor): void;
  /** Without padding. */
  pool(
    into: GraphTensor,
    x: GraphTensor,
    options: { kind: 'max' | 'average'; size: number; stride: number },
  ): void;
  /** Elements before and after along every axis. */
  pad(
    into: GraphTensor,
    x: GraphTensor,
    options: { margins: readonly (readonly [number, number])[]; value: number },
  ): void;
  /** Part of an image. */
  crop(into: GraphTensor, x: GraphTensor, options: { top: number; left: number }): void;
  mean(into: GraphTensor, x: GraphTensor, options: { axes: readonly number[]; keepsAxes: boolean }): void;
  /** γ·(x − μ)/√(σ² + ε) + β with one number of each per channel. */
  batchNorm(into: GraphTensor, x: GraphTensor, options: BatchNormOptions): void;
  /** (x − μ)/√(σ² + ε) over H, W and the channels of each of the groups. */
  groupStandardize(into: GraphTensor, x: GraphTensor, options: { groups: number; epsilon: number }): void;
};

export type BatchNormOptions = {
  readonly scale: Tensor;
  readonly offset: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  readonly epsilon: number;
};

/** The names of a graph's input and output. */
export const graphNames = { input: 'images', output: 'logits' } as const;

/** A graph's {@link GraphWriter.unique}: values and constants share their names. */
export function uniqueNames(): GraphWriter['unique'] {
  const taken = new Set<string>(Object.values(graphNames));
  return (wanted) => {
    let name = wanted;
    for (let count = 1; taken.has(name); count++) name = `${wanted}_${count}`;
    taken.add(name);
    return name;
  };
}

/** The constants of a graph, each under one name. */
export class Constants {
  readonly all: GraphConstant[] = [];

  /** A constant with the values of a tensor, which is copied. */
  add(tensor: Tensor, name: string): GraphConstant {
    const constant = { name, tensor: keep(tensor.clone()) };
    this.all.push(constant);
    return constant;
  }

  dispose(): void {
    for (const { tensor } of this.all) tensor.dispose();
  }
}
