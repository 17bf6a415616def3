import protobuf from 'protobufjs/minimal.js';

/** A dense array; `raw` holds its values, little-endian. */
export type OnnxTensor = {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
};

/** An attribute of a node: its name, its kind, and the one field that the kind says. */
export type OnnxAttribute = { readonly name: string; readonly type: number } & (
  | { readonly f: number }
  | { readonly i: number }
  | { readonly ints: readonly number[] }
);

export type OnnxNode = {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly OnnxAttribute[];
};

/** A float32 input or output; a text as length is a name for a length that is not fixed. */
export type OnnxValue = { readonly name: string; readonly shape: readonly (number | string)[] };

/** What of an ONNX model is written here. */
export type OnnxModel = {
  readonly producer: string;
  readonly opset: number;
  readonly graph: {
    readonly name: string;
    readonly nodes: readonly OnnxNode[];
    readonly constants: readonly OnnxTensor[];
    readonly inputs: readonly OnnxValue[];
    readonly outputs: readonly OnnxValue[];
  };
  readonly metadata: Readonly<Record<string, string>>;
};

/** Numbers of `TensorProto.DataType`. */
export const dataTypes = { float: 1, int64: 7 } as const;

/** Numbers of `AttributeProto.AttributeType`. */
export const attributeTypes = { float: 1, int: 2, ints: 7 } as const;

/** The version of the format: that of ONNX 1.12, the first with operator set 17. */
const irVersion = 8;

/**
 * A model as the bytes of an `.onnx` file: the messages of onnx.proto3 with the fields that are needed, by the numbers of
 * the standard.
 *
 * Written field by field, because protobufjs makes its own encoders by `Function`, which many pages' content security
 * policies forbid.
 */
export function encodeModel({ producer, opset, graph, metadata }: OnnxModel): Uint8Array {
  const model = protobuf.Writer.create();
  integer(model, 1, irVersion);
  text(model, 2, producer);
  message(model, 7, (inner) => writeGraph(inner, graph));
  // Without a domain: that of ONNX's own operators.
  message(model, 8, (inner) => integer(inner, 2, opset));
  for (const [key, value] of Object.entries(metadata)) {
    message(model, 14, (inner) => {
      text(inner, 1, key);
      text(inner, 2, value);
    });
  }
  return model.finish();
}

function writeGraph(
  graph: protobuf.Writer,
  { name, nodes, constants, inputs, outputs }: OnnxModel['graph'],
): void {
  for (const node of nodes) message(graph, 1, (inner) => writeNode(inner, node));
  text(graph, 2, name);
  for (const constant of constants) message(graph, 5, (inner) => writeTensor(inner, constant));
  for (const value of inputs) message(graph, 11, (inner) => writeValue(inner, value));
  for (const value of outputs) message(graph, 12, (inner) => writeValue(inner, value));
}

function writeNode(node: protobuf.Writer, { opType, name, input, output, attribute }: OnnxNode): void {
  for (const each of input) text(node, 1, each);
  for (const each of output) text(node, 2, each);
  text(node, 3, name);
  text(node, 4, opType);
  for (const each of attribute) message(node, 5, (inner) => writeAttribute(inner, each));
}

function writeAttribute(attribute: protobuf.Writer, given: OnnxAttribute): void {
  text(attribute, 1, given.name);
  if ('f' in given) attribute.uint32(tag(2, wire.fixed32)).float(given.f);
  else if ('i' in given) integer(attribute, 3, given.i);
  else integers(attribute, 8, given.ints);
  integer(attribute, 20, given.type);
}

function writeTensor(tensor: protobuf.Writer, { name, dims, dataType, rawData }: OnnxTensor): void {
  integers(tensor, 1, dims);
  integer(tensor, 2, dataType);
  text(tensor, 8, name);
  tensor.uint32(tag(9, wire.length)).bytes(rawData);
}

/** ValueInfoProto: a name, and its type, that of a float32 tensor with a shape. */
function writeValue(value: protobuf.Writer, { name, shape }: OnnxValue): void {
  text(value, 1, name);
  message(value, 2, (type) =>
    message(type, 1, (tensor) => {
      integer(tensor, 1, dataTypes.float);
      message(tensor, 2, (dims) => {
        for (const length of shape) message(dims, 1, (dim) => writeDimension(dim, length));
      });
    }),
  );
}

function writeDimension(dimension: protobuf.Writer, length: number | string): void {
  if (typeof length === 'number') integer(dimension, 1, length);
  else text(dimension, 2, length);
}

/** How the bytes of a field are laid out. */
const wire = { varint: 0, length: 2, fixed32: 5 } as const;

function tag(field: number, type: (typeof wire)[keyof typeof wire]): number {
  return (field << 3) | type;
}

/** A field that is 0 is left out, as proto3 has it. */
function integer(writer: protobuf.Writer, field: number, value: number): void {
  if (value !== 0) writer.uint32(tag(field, wire.varint)).int64(value);
}

/** Repeated integers, packed into one field. */
function integers(writer: protobuf.Writer, field: number, values: readonly number[]): void {
  if (values.length === 0) return;
  writer.uint32(tag(field, wire.length)).fork();
  for (const value of values) writer.int64(value);
  writer.ldelim();
}

function text(writer: protobuf.Writer, field: number, value: string): void {
  writer.uint32(tag(field, wire.length)).string(value);
}

function message(writer: protobuf.Writer, field: number, write: (inner: protobuf.Writer) => void): void {
  write(writer.uint32(tag(field, wire.length)).fork());
  writer.ldelim();
}
