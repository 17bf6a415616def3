import type { Complaint } from '@normlab/errors';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { z } from 'zod';
import type { LayerSpec } from '../layerTypes.js';
import type * as TensorFunctions from '../tensorFunctions.js';

/** Shape of one example between layers: an image [H, W, C] or features [C]. */
export type FeatureShape = readonly number[];

/** A layer in its place in a network. */
export type TracedLayer<Layer = LayerSpec> = {
  readonly layer: Layer;
  /** Its name after those of the residuals around it: `stage1/block1/conv1`. */
  readonly path: string;
  /** Where it stands in the spec: `layers[3].layers[0]`. */
  readonly at: string;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  /** Factor by which the layer divides height and width. */
  readonly stride: number;
  /** The layers inside a residual, in order; empty for all others. */
  readonly inner: readonly TracedLayer[];
  /** The layers of a residual's shortcut, in order; empty for one without parameters and for all other layers. */
  readonly shortcut: readonly TracedLayer[];
};

/** A layer whose output is not known yet. */
export type UnshapedLayer<Layer> = Omit<TracedLayer<Layer>, 'output' | 'stride'>;

/** What is wrong with a spec, without the name of the function that found it. */
export type SpecFault = Omit<Complaint, 'where'>;

/** Reports a fault of a layer; `what` is a key of the layer after a dot, or empty for the whole layer. */
export type Fault = (what: string, rule: string, got: unknown) => void;

/** How a variable begins. */
export type Initializer =
  /** Drawn from the variable's own stream of random numbers, or that of another name in the same layer. */
  | { readonly kind: 'normal'; readonly standardDeviation: number; readonly drawnAs?: string }
  | { readonly kind: 'constant'; readonly value: number }
  /** For each output channel the length of another variable of the layer that stands before this one. */
  | { readonly kind: 'length'; readonly of: string };

/** A variable of a layer before there is a tensor for it; `name` is the last part of its path. */
export type LayerVariable = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initializer: Initializer;
};

/** What a layer learns, and the running statistics that it keeps. */
export type LayerVariables = {
  readonly params?: readonly LayerVariable[];
  readonly stats?: readonly LayerVariable[];
};

/** A layer in its place, with its variables and the functions on tensors that it computes with. */
export type RunningLayer<Layer = LayerSpec> = TracedLayer<Layer> & {
  /** Given as an argument, so that specs can be read and counted without loading TensorFlow.js. */
  readonly ops: typeof TensorFunctions;
  /** The layer's parameter of that name, of the shape that `variables` plans. */
  param<T extends Tensor>(name: string): T;
  /** The layer's running statistic of that name. */
  stat<T extends Tensor>(name: string): T;
  /** Sets the value that a running statistic has after this training step. */
  moveStat(name: string, moved: Tensor): void;
  /** A seed for this layer in this training step. */
  seed(): number;
  /** Runs a chain of the layers inside this one; gives x itself if they do nothing. */
  runInner(layers: readonly TracedLayer[], x: Tensor): Tensor;
};

/** A kernel [..., C] and its bias [C]. */
export type Linear = { readonly kernel: Tensor; readonly bias?: Tensor };

/** An object, or one of several objects that differ in `kind`. */
export type LayerSchema = z.ZodObject | z.ZodDiscriminatedUnion<readonly z.ZodObject[]>;

/** Everything that is known about one type of layer. What is left out has the default that its comment states. */
export type LayerType<Layer> = {
  /** What a layer of this type may hold; the messages are the rules that errors name after "must". */
  readonly schema: LayerSchema;
  /** Factor by which the layer divides height and width; 1. */
  stride?(place: UnshapedLayer<Layer>): number;
  /** Shape of the output for one example. After a fault it goes on with the likeliest shape. */
  outputShape(place: UnshapedLayer<Layer>, fault: Fault): FeatureShape;
  /** How many numbers the input holds with its padding, for one example; no padding. */
  paddedInput?(place: TracedLayer<Layer>): number;
  /** The variables of the layer itself, without those of layers inside it; none. */
  variables?(place: TracedLayer<Layer>): LayerVariables;
  /** Multiply–accumulate operations for one example; 0. */
  macs?(place: TracedLayer<Layer>): number;
  /** The output in training. A new tensor, or x itself. */
  run(x: Tensor, here: RunningLayer<Layer>): Tensor;
  /** The output in inference; as in training. */
  infer?(x: Tensor, here: RunningLayer<Layer>): Tensor;
  /** The output in training with a ReLU behind it, computed as one; undefined: they are computed apart. */
  runWithRelu?(x: Tensor, here: RunningLayer<Layer>): Tensor | undefined;
  /** The linear function before the layer with the layer's inference in it; absent: the layer cannot be folded. */
  fold?(linear: Linear, here: RunningLayer<Layer>): Required<Linear>;
};

export const zero: Initializer = { kind: 'constant', value: 0 };
export const one: Initializer = { kind: 'constant', value: 1 };
