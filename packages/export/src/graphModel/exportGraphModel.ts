import { reshape, scalar, type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type ExportOptions, namesOf, type TrainedNetwork, writeGraph } from '../exportNetwork.js';
import {
  Constants,
  type GraphShape,
  GraphTensor,
  type GraphWriter,
  graphNames,
  type Operand,
  uniqueNames,
} from '../graph.js';

/** The files of a TensorFlow.js graph model: `model.json` holds `model` as JSON, `weights.bin` the weights. */
export type GraphModelArtifacts = {
  readonly model: object;
  readonly weights: Uint8Array;
};

/** The name of the file of weights in `model.json`. */
const weightsFile = 'weights.bin';

/**
 * A trained network's inference as a TensorFlow.js graph model, for `loadGraphModel` of `@tensorflow/tfjs-converter` or
 * `@tensorflow/tfjs`.
 *
 * Input `images` [batch, H, W, C], output `logits` [batch, K], float32; the number of images is free. Values are those
 * of the network up to rounding. With `images` in the options the graph takes pixels 0 to 255 and prepares them itself.
 * The names of the classes, if given, are in `userDefinedMetadata.classes`.
 *
 * Norms stay norms; give what `foldNorms` returns to fold them. All tensors stay the caller's.
 *
 * @throws SpecError if the spec is invalid; ShapeError, OptionError for variables or options that do not fit it
 * @example
 * ```ts
 * const { model, weights } = await exportGraphModel({ spec, params, stats });
 * await writeFile('model.json', JSON.stringify(model));
 * await writeFile('weights.bin', weights);
 * ```
 */
export async function exportGraphModel(
  network: TrainedNetwork,
  options: ExportOptions = {},
): Promise<GraphModelArtifacts> {
  const constants = new Constants();
  try {
    const { writer, nodes } = graphModelWriter(constants, namesOf(network));
    const { input, logits } = writeGraph('exportGraphModel', writer, network, options);
    const constantNodes = constants.all.map(({ name, tensor }) => constantNode(name, tensor));
    const placeholder = node('Placeholder', graphNames.input, [], { shape: shapeAttribute(input) });
    const last = node('Identity', graphNames.output, [logits.name]);
    const weights = constants.all.map(({ name, tensor: { shape, dtype } }) => ({ name, shape, dtype }));
    const model = {
      format: 'graph-model',
      generatedBy: 'normlab',
      convertedBy: null,
      modelTopology: {
        node: [placeholder, ...constantNodes, ...nodes, last],
        versions: { producer: graphVersion },
      },
      signature: {
        inputs: { [graphNames.input]: tensorInfo(graphNames.input, input) },
        outputs: { [graphNames.output]: tensorInfo(graphNames.output, [-1, network.spec.classes]) },
      },
      ...(options.classes !== undefined && { userDefinedMetadata: { classes: options.classes } }),
      weightsManifest: [{ paths: [weightsFile], weights }],
    };
    return { model, weights: await joined(constants.all.map(({ tensor }) => tensor)) };
  } finally {
    constants.dispose();
  }
}

/** The version of TensorFlow's graph definitions whose operators are used. */
const graphVersion = 1087;

const unaryOps = {
  elu: 'Elu',
  erf: 'Erf',
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  sqrt: 'Sqrt',
  tanh: 'Tanh',
} as const;

const binaryOps = { add: 'AddV2', sub: 'Sub', mul: 'Mul', div: 'RealDiv', max: 'Maximum' } as const;

const poolOps = { max: 'MaxPool', average: 'AvgPool' } as const;

type Attribute = object;

type Node = {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: Readonly<Record<string, Attribute>>;
};

/** Writes nodes of a TensorFlow graph, channels last. */
function graphModelWriter(
  constants: Constants,
  names: ReadonlyMap<Tensor, string>,
): { readonly writer: GraphWriter; readonly nodes: readonly Node[] } {
  const nodes: Node[] = [];
  const unique = uniqueNames();
  const known = new Map<Tensor, string>();
  const constant = (tensor: Tensor) => {
    const name = known.get(tensor) ?? constants.add(tensor, unique(names.get(tensor) ?? 'constant')).name;
    known.set(tensor, name);
    return name;
  };
  const made = (make: () => Tensor) => tidy(() => constants.add(make(), unique('number')).name);
  const integers = (values: readonly number[]) => made(() => tensor1d([...values], 'int32'));
  const operand = (given: Operand) => {
    if (typeof given === 'number') return made(() => scalar(given));
    return given instanceof GraphTensor ? given.name : constant(given);
  };
  const write = (...[op, into, ...rest]: [string, GraphTensor, string[], Record<string, Attribute>?]) => {
    nodes.push(node(op, into.name, ...rest));
  };
  const windows = (size: number, stride: number) => ({
    ksize: list([1, size, size, 1]),
    strides: list([1, stride, stride, 1]),
    padding: text('VALID'),
    data_format: text('NHWC'),
  });

  const writer: GraphWriter = {
    unique,
    conv(into, x, kernel, { stride, padding }) {
      write('Conv2D', into, [x.name, constant(kernel)], {
        strides: list([1, stride, stride, 1]),
        padding: text(padding.toUpperCase()),
        data_format: text('NHWC'),
        dilations: list([1, 1, 1, 1]),
      });
    },
    matMul: (into, x, kernel) =>
      write('MatMul', into, [x.name, constant(kernel)], {
        transpose_a: { b: false },
        transpose_b: { b: false },
      }),
    binary: (into, kind, a, b) => write(binaryOps[kind], into, [operand(a), operand(b)]),
    unary: (into, kind, x) => write(unaryOps[kind], into, [x.name]),
    leakyRelu: (into, x, slope) => write('LeakyRelu', into, [x.name], { alpha: { f: slope } }),
    prelu: (into, x, slope) => write('Prelu', into, [x.name, constant(slope)]),
    pool: (into, x, { kind, size, stride }) => write(poolOps[kind], into, [x.name], windows(size, stride)),
    pad(into, x, { margins, value }) {
      const lengths = made(() => reshape(tensor1d(margins.flat(), 'int32'), [margins.length, 2]));
      write('PadV2', into, [x.name, lengths, made(() => scalar(value))]);
    },
    crop(into, x, { top, left }) {
      const [, height, width, channels] = into.shape;
      // −1: all images.
      const size = integers([-1, height!, width!, channels!]);
      write('Slice', into, [x.name, integers([0, top, left, 0]), size]);
    },
    mean: (into, x, { axes, keepsAxes }) =>
      write('Mean', into, [x.name, integers(axes)], { keep_dims: { b: keepsAxes } }),
    batchNorm: (into, x, { scale, offset, mean, variance, epsilon }) =>
      write('FusedBatchNormV3', into, [x.name, ...[scale, offset, mean, variance].map(constant)], {
        epsilon: { f: epsilon },
        is_training: { b: false },
        data_format: text('NHWC'),
      }),
    groupStandardize(into, x, { groups, epsilon }) {
      const part = (name: string) => new GraphTensor(unique(`${into.name}/${name}`), []);
      const channels = x.shape.at(-1)!;
      const spatial = x.shape.slice(1, -1);
      const grouped = part('groups');
      write('Reshape', grouped, [x.name, integers([-1, ...spatial, groups, channels / groups])]);
      const axes = integers([...spatial.map((_, axis) => axis + 1), spatial.length + 2]);
      const keeps = { keep_dims: { b: true } };
      const [mean, centred, squares, variance] = ['mean', 'centred', 'squares', 'variance'].map(part);
      write('Mean', mean!, [grouped.name, axes], keeps);
      write('Sub', centred!, [grouped.name, mean!.name]);
      write('Mul', squares!, [centred!.name, centred!.name]);
      write('Mean', variance!, [squares!.name, axes], keeps);
      const [sum, deviation, standardized] = ['sum', 'deviation', 'standardized'].map(part);
      write('AddV2', sum!, [variance!.name, made(() => scalar(epsilon))]);
      write('Sqrt', deviation!, [sum!.name]);
      write('RealDiv', standardized!, [centred!.name, deviation!.name]);
      write('Reshape', into, [standardized!.name, integers([-1, ...spatial, channels])]);
    },
  };
  return { writer, nodes };
}

function node(
  op: string,
  name: string,
  input: readonly string[],
  attr: Readonly<Record<string, Attribute>> = {},
): Node {
  return { name, op, input, attr: { T: { type: 'DT_FLOAT' }, ...attr } };
}

function constantNode(name: string, { shape, dtype }: Tensor): Node {
  const type = dtype === 'int32' ? 'DT_INT32' : 'DT_FLOAT';
  const tensorShape = shapeAttribute(shape).shape;
  return {
    name,
    op: 'Const',
    input: [],
    attr: { dtype: { type }, value: { tensor: { dtype: type, tensorShape } } },
  };
}

/** Lengths are texts, as protobuf's JSON writes 64-bit integers. */
function shapeAttribute(shape: GraphShape): {
  readonly shape: { readonly dim: readonly { size: string }[] };
} {
  return { shape: { dim: shape.map((length) => ({ size: String(length) })) } };
}

function tensorInfo(name: string, shape: GraphShape): object {
  return { name: `${name}:0`, dtype: 'DT_FLOAT', tensorShape: shapeAttribute(shape).shape };
}

function list(values: readonly number[]): Attribute {
  return { list: { i: values.map(String) } };
}

/** Bytes are written in base 64. */
function text(value: string): Attribute {
  return { s: btoa(value) };
}

async function joined(tensors: readonly Tensor[]): Promise<Uint8Array> {
  const parts = await Promise.all(tensors.map((tensor) => tensor.data()));
  const bytes = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
    at += part.byteLength;
  }
  return bytes;
}
