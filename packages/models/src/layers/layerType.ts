import type { Complaint } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type * as v from 'valibot';
import type * as TensorFunctions from '../tensorFunctions.js';

/** The shape of one example between layers: an image [H, W, C] or features [C]. */
export type FeatureShape = readonly number[];

/** What all layers of a spec have. */
export type AnyLayer = { readonly type: string; readonly name: string };

/** A layer in its place in a network. Its own layer type knows no more of the layers inside than of any layer. */
export type TracedLayer<Layer = AnyLayer, Inner = AnyLayer> = {
  readonly layer: Layer;
  /** Its name, prefixed by those of the residuals around it: `stage1/block1/conv1`. */
  readonly path: string;
  /** Its place in the spec: `layers[3].layers[0]`. */
  readonly at: string;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  /** Factor by which the layer divides height and width. */
  readonly stride: number;
  /** The layers inside a residual, in order; empty for all other layers. */
  readonly inner: readonly TracedLayer<Inner, Inner>[];
  /** The layers of a residual's shortcut, in order; empty for one without parameters and for all other layers. */
  readonly shortcut: readonly TracedLayer<Inner, Inner>[];
};

/** A layer whose output shape is not known yet. */
export type UnshapedLayer<Layer> = Omit<TracedLayer<Layer>, 'output' | 'stride'>;

/** A fault of a spec, without the name of the function that found it. */
export type SpecFault = Omit<Complaint, 'where'>;

/** Reports a fault of a layer; `what` is a key of the layer after a dot, or empty for the whole layer. */
export type Fault = (what: string, rule: string, got: unknown) => void;

/** The initial value of a variable. */
export type Initializer =
  /** Drawn from the variable's own random stream, or from that of another name in the same layer. */
  | { readonly kind: 'normal'; readonly standardDeviation: number; readonly drawnAs?: string }
  | { readonly kind: 'constant'; readonly value: number }
  /** Per output channel, the length of another variable of the layer, which must come before this one. */
  | { readonly kind: 'length'; readonly of: string };

/** A planned variable of a layer, without a tensor; `name` is the last part of its path. */
export type LayerVariable = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
};

/** The parameters of a layer, and its running statistics. */
export type LayerVariables = {
  readonly params?: readonly LayerVariable[];
  readonly stats?: readonly LayerVariable[];
};

/** A layer in its place, with its variables and the tensor functions that it uses. */
export type RunningLayer<Layer = AnyLayer> = TracedLayer<Layer> & {
  /** Passed as an argument, so that specs can be read and counted without loading TensorFlow.js. */
  readonly ops: typeof TensorFunctions;
  /** The layer's parameter with that name, in the shape that `variables` plans. */
  param<T extends Tensor>(name: string): T;
  /** The layer's running statistic with that name. */
  stat<T extends Tensor>(name: string): T;
  /** Sets the value of a running statistic after this training step. */
  moveStat(name: string, moved: Tensor): void;
  /** A seed for this layer in this training step. */
  seed(): number;
  /** Runs a chain of the layers inside this one; returns x itself if they do nothing. */
  runInner(chain: 'inner' | 'shortcut', x: Tensor): Tensor;
};

/** A kernel [..., C] and its bias [C]. */
export type Linear = { readonly kernel: Tensor; readonly bias?: Tensor };

/** An object, or one of several objects that differ in `kind`. */
export type LayerSchema = ObjectSchema | VariantSchema;
type ObjectSchema = v.GenericSchema & {
  readonly type: 'strict_object';
  readonly entries: v.ObjectEntries;
};
type VariantSchema = v.GenericSchema & {
  readonly type: 'variant';
  readonly options: readonly ObjectSchema[];
  /** The rule for `kind`. */
  readonly message: string;
};

/** Everything about one layer type. A field that is left out has the default that its comment states. */
export type LayerType<Layer> = {
  /** The schema of a layer of this type; its messages are the rules that follow "must" in errors. */
  readonly schema: LayerSchema;
  /** Factor by which the layer divides height and width; 1 by default. */
  stride?(place: UnshapedLayer<Layer>): number;
  /** The shape of the output for one example. After a fault, it continues with the most likely shape. */
  outputShape(place: UnshapedLayer<Layer>, fault: Fault): FeatureShape;
  /** The number of values of the padded input of one example; without padding by default. */
  paddedInput?(place: TracedLayer<Layer>): number;
  /** The variables of the layer itself, without those of layers inside it; none by default. */
  variables?(place: TracedLayer<Layer>): LayerVariables;
  /** Multiply–accumulate operations for one example; 0 by default. */
  macs?(place: TracedLayer<Layer>): number;
  /** The output in training. A new tensor, or x itself. */
  run(x: Tensor, here: RunningLayer<Layer>): Tensor;
  /** The output in inference; as in training by default. */
  infer?(x: Tensor, here: RunningLayer<Layer>): Tensor;
  /** The output in training followed by a ReLU, computed together; if undefined, they are computed separately. */
  runWithRelu?(x: Tensor, here: RunningLayer<Layer>): Tensor | undefined;
  /** The output in inference followed by a ReLU, computed together; if undefined, they are computed separately. */
  inferWithRelu?(x: Tensor, here: RunningLayer<Layer>): Tensor | undefined;
  /** The preceding linear function combined with the layer's inference; if absent, the layer cannot be folded. */
  fold?(linear: Linear, here: RunningLayer<Layer>): Required<Linear>;
};

export const zero: Initializer = { kind: 'constant', value: 0 };
export const one: Initializer = { kind: 'constant', value: 1 };
