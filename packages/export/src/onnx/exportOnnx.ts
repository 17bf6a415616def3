import { poolLength } from '@normlab/models';
import { fill, reshape, scalar, type Tensor, tidy, transpose } from '@tensorflow/tfjs-core';
import { type ExportOptions, namesOf, type TrainedNetwork, writeGraph } from '../exportNetwork.js';
import {
  Constants,
  type GraphConstant,
  GraphTensor,
  type GraphWriter,
  graphNames,
  type Operand,
  uniqueNames,
} from '../graph.js';
import {
  attributeTypes,
  dataTypes,
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from './onnxProto.js';

/** The operator set of the files. */
const opset = 17;

/**
 * A trained network's inference as the bytes of an ONNX file (operator set 17).
 *
 * Input `images` [batch, C, H, W], output `logits` [batch, K], float32; the number of images is free. Values are those
 * of the network up to rounding. With `images` in the options the graph takes pixels 0 to 255 and prepares them itself.
 * The names of the classes, if given, are in the metadata under `classes`, as JSON.
 *
 * Norms stay norms; give what `foldNorms` returns to fold them. All tensors stay the caller's.
 *
 * @throws SpecError if the spec is invalid; ShapeError, OptionError for variables or options that do not fit it
 * @example
 * ```ts
 * await writeFile('network.onnx', await exportOnnx({ spec, params, stats }));
 * ```
 */
export async function exportOnnx(network: TrainedNetwork, options: ExportOptions = {}): Promise<Uint8Array> {
  const constants = new Constants();
  try {
    const { writer, nodes, lengths } = onnxWriter(constants, namesOf(network));
    const { input, logits } = writeGraph('exportOnnx', writer, network, options);
    return encodeModel({
      producer: 'normlab',
      opset,
      graph: {
        name: network.spec.name,
        nodes: [...nodes, node('Identity', [logits.name], graphNames.output)],
        constants: [...(await Promise.all(constants.all.map(floatTensor))), ...lengths],
        inputs: [{ name: graphNames.input, shape: ['batch', ...channelsFirst(input).slice(1)] }],
        outputs: [{ name: graphNames.output, shape: ['batch', network.spec.classes] }],
      },
      metadata: options.classes === undefined ? {} : { classes: JSON.stringify(options.classes) },
    });
  } finally {
    constants.dispose();
  }
}

const unaryOps = {
  elu: 'Elu',
  erf: 'Erf',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
} as const;

const binaryOps = { add: 'Add', sub: 'Sub', mul: 'Mul', div: 'Div', max: 'Max' } as const;

const poolOps = { max: 'MaxPool', average: 'AveragePool' } as const;

/** Writes nodes whose images are channels first, [N, C, H, W], as ONNX's operators want them. */
function onnxWriter(
  constants: Constants,
  names: ReadonlyMap<Tensor, string>,
): {
  readonly writer: GraphWriter;
  readonly nodes: readonly OnnxNode[];
  readonly lengths: readonly OnnxTensor[];
} {
  const nodes: OnnxNode[] = [];
  const lengths: OnnxTensor[] = [];
  const unique = uniqueNames();

  /** A constant as it is, under its variable's name. */
  const vector = (tensor: Tensor) => constants.add(tensor, unique(names.get(tensor) ?? 'constant')).name;
  const changed = (tensor: Tensor, change: (tensor: Tensor) => Tensor) =>
    tidy(() => constants.add(change(tensor), unique(names.get(tensor) ?? 'constant')).name);
  const integers = (values: readonly number[]) => {
    const name = unique('lengths');
    const rawData = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    lengths.push({ name, dims: [values.length], dataType: dataTypes.int64, rawData });
    return name;
  };
  const made = (make: () => Tensor) => tidy(() => constants.add(make(), unique('number')).name);
  /** An operand that broadcasts against a value of this rank, channels first. */
  const operand = (given: Operand, rank: number) => {
    if (typeof given === 'number') return made(() => scalar(given));
    if (given instanceof GraphTensor) return given.name;
    return changed(given, (tensor) => broadcastable(tensor, rank));
  };
  const write = (...args: Parameters<typeof node>) => {
    nodes.push(node(...args));
  };

  const writer: GraphWriter = {
    unique,
    conv(into, x, kernel, { stride, padding }) {
      const weights = changed(kernel, (tensor) => transpose(tensor, [3, 2, 0, 1]));
      const [size] = kernel.shape;
      const [rows, columns] = [x.shape[1]!, x.shape[2]!].map((n) => poolLength(n, size!, stride, padding));
      write('Conv', [x.name, weights], into.name, [
        ints('kernel_shape', [size!, size!]),
        ints('strides', [stride, stride]),
        ints('pads', [rows!.before, columns!.before, rows!.after, columns!.after]),
      ]);
    },
    matMul: (into, x, kernel) => write('MatMul', [x.name, vector(kernel)], into.name),
    binary: (into, kind, a, b) =>
      write(
        binaryOps[kind],
        [a, b].map((each) => operand(each, into.shape.length)),
        into.name,
      ),
    unary: (into, kind, x) => write(unaryOps[kind], [x.name], into.name),
    leakyRelu: (into, x, slope) => write('LeakyRelu', [x.name], into.name, [float('alpha', slope)]),
    prelu: (into, x, slope) => write('PRelu', [x.name, operand(slope, x.shape.length)], into.name),
    pool: (into, x, { kind, size, stride }) =>
      write(poolOps[kind], [x.name], into.name, [
        ints('kernel_shape', [size, size]),
        ints('strides', [stride, stride]),
      ]),
    pad(into, x, { margins, value }) {
      const ordered = channelsFirst(margins);
      const pads = integers([...ordered.map(([before]) => before), ...ordered.map(([, after]) => after)]);
      write('Pad', [x.name, pads, made(() => scalar(value))], into.name);
    },
    crop(into, x, { top, left }) {
      const [, height, width] = into.shape;
      const starts = integers([top, left]);
      const ends = integers([top + height!, left + width!]);
      write('Slice', [x.name, starts, ends, integers([2, 3])], into.name);
    },
    mean(into, x, { axes, keepsAxes }) {
      const ordered = axes.map((axis) => channelsFirstAxis(axis, x.shape.length));
      write('ReduceMean', [x.name], into.name, [ints('axes', ordered), int('keepdims', keepsAxes ? 1 : 0)]);
    },
    batchNorm(into, x, { scale, offset, mean, variance, epsilon }) {
      const inputs = [scale, offset, mean, variance].map(vector);
      write('BatchNormalization', [x.name, ...inputs], into.name, [float('epsilon', epsilon)]);
    },
    groupStandardize(into, x, { groups, epsilon }) {
      // Each group as one channel of an instance norm; channels of a group lie side by side.
      const grouped = unique(`${into.name}/groups`);
      write('Reshape', [x.name, integers([0, groups, -1])], grouped);
      const [one, zero] = [1, 0].map((value) => made(() => fill([groups], value)));
      const standardized = unique(`${into.name}/standardized`);
      write('InstanceNormalization', [grouped, one!, zero!], standardized, [float('epsilon', epsilon)]);
      write('Reshape', [standardized, integers(channelsFirst(x.shape))], into.name);
    },
  };
  return { writer, nodes, lengths };
}

function node(
  opType: string,
  input: readonly string[],
  output: string,
  attribute: readonly OnnxAttribute[] = [],
): OnnxNode {
  return { opType, name: output, input, output: [output], attribute };
}

const ints = (name: string, values: readonly number[]) => ({ name, type: attributeTypes.ints, ints: values });
const int = (name: string, value: number) => ({ name, type: attributeTypes.int, i: value });
const float = (name: string, value: number) => ({ name, type: attributeTypes.float, f: value });

/** [N, H, W, C] → [N, C, H, W]; others as they are. */
function channelsFirst<T>(axes: readonly T[]): T[] {
  const [images, height, width, channels] = axes;
  return axes.length === 4 ? [images!, channels!, height!, width!] : [...axes];
}

function channelsFirstAxis(axis: number, rank: number): number {
  return rank === 4 ? [0, 2, 3, 1][axis]! : axis;
}

/** A constant that broadcasts against values of a rank, channels first: [C] becomes [C, 1, 1] for images. */
function broadcastable(tensor: Tensor, rank: number): Tensor {
  if (rank !== 4) return tensor;
  const whole = [...Array<number>(4 - tensor.rank).fill(1), ...tensor.shape];
  const turned = transpose(reshape(tensor, whole), [0, 3, 1, 2]);
  const aligned = turned.shape;
  const first = aligned.findIndex((length) => length !== 1);
  return reshape(turned, first === -1 ? [] : aligned.slice(first));
}

async function floatTensor({ name, tensor }: GraphConstant): Promise<OnnxTensor> {
  const values = Float32Array.from(await tensor.data());
  const rawData = new Uint8Array(values.buffer);
  return { name, dims: tensor.shape, dataType: dataTypes.float, rawData };
}
