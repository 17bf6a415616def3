import protobuf from 'protobufjs';

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

/** A model as the bytes of an `.onnx` file. */
export function encodeModel({ producer, opset, graph, metadata }: OnnxModel): Uint8Array {
  return model
    .encode({
      irVersion,
      producerName: producer,
      opsetImport: [{ domain: '', version: opset }],
      metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
      graph: {
        name: graph.name,
        node: graph.nodes,
        initializer: graph.constants,
        input: graph.inputs.map(valueInfo),
        output: graph.outputs.map(valueInfo),
      },
    })
    .finish();
}

function valueInfo({ name, shape }: OnnxValue): object {
  const dim = shape.map((length) =>
    typeof length === 'number' ? { dimValue: length } : { dimParam: length },
  );
  return { name, type: { tensorType: { elemType: dataTypes.float, shape: { dim } } } };
}

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) });

/** The messages of onnx.proto3 with the fields that are written here, by the numbers of the standard. */
const root = protobuf.Root.fromJSON({
  options: { syntax: 'proto3' },
  nested: {
    Model: {
      fields: {
        irVersion: field('int64', 1),
        producerName: field('string', 2),
        graph: field('Graph', 7),
        opsetImport: field('OperatorSet', 8, 'repeated'),
        metadataProps: field('Entry', 14, 'repeated'),
      },
    },
    OperatorSet: { fields: { domain: field('string', 1), version: field('int64', 2) } },
    Entry: { fields: { key: field('string', 1), value: field('string', 2) } },
    Graph: {
      fields: {
        node: field('Node', 1, 'repeated'),
        name: field('string', 2),
        initializer: field('Tensor', 5, 'repeated'),
        input: field('ValueInfo', 11, 'repeated'),
        output: field('ValueInfo', 12, 'repeated'),
      },
    },
    Node: {
      fields: {
        input: field('string', 1, 'repeated'),
        output: field('string', 2, 'repeated'),
        name: field('string', 3),
        opType: field('string', 4),
        attribute: field('Attribute', 5, 'repeated'),
      },
    },
    Attribute: {
      fields: {
        name: field('string', 1),
        f: field('float', 2),
        i: field('int64', 3),
        ints: field('int64', 8, 'repeated'),
        type: field('int32', 20),
      },
    },
    Tensor: {
      fields: {
        dims: field('int64', 1, 'repeated'),
        dataType: field('int32', 2),
        name: field('string', 8),
        rawData: field('bytes', 9),
      },
    },
    ValueInfo: { fields: { name: field('string', 1), type: field('ValueType', 2) } },
    ValueType: { fields: { tensorType: field('TensorType', 1) } },
    TensorType: { fields: { elemType: field('int32', 1), shape: field('Shape', 2) } },
    Shape: { fields: { dim: field('Dimension', 1, 'repeated') } },
    Dimension: { fields: { dimValue: field('int64', 1), dimParam: field('string', 2) } },
  },
});

const model = root.lookupType('Model');
