import { OptionError, refuseOthers, ShapeError } from '@normlab/errors';
import { inferWith, type ModelSpec, type TensorFunctions, type Variables } from '@normlab/models';
import { type Tensor, tensor1d, tidy } from '@tensorflow/tfjs-core';
import { type GraphShape, GraphTensor, type GraphWriter, graphNames } from './graph.js';
import { type GraphFunctions, graphFunctions } from './graphFunctions.js';

/** A trained network. */
export type TrainedNetwork = {
  readonly spec: ModelSpec;
  readonly params: Variables;
  /** Running statistics; empty after `foldNorms`. */
  readonly stats: Variables;
};

/** How images become the network's input, as part of the graph. */
export type ImageInput = {
  /** [H, W, C] of the images; the middle of the network's size is cropped out of them. */
  readonly shape: readonly [number, number, number];
  /**
   * `image`: (x − mean)/max(sd, 1/√n) over the n values of the cropped image. Otherwise per channel, on the 0 to 1
   * scale: (x/255 − mean)/sd.
   */
  readonly normalize: 'image' | { readonly mean: readonly number[]; readonly sd: readonly number[] };
};

export type ExportOptions = {
  /** If given, the graph takes images of values 0 to 255 and prepares them itself; otherwise prepared input. */
  readonly images?: ImageInput;
  /** Names of the classes, in the order of the logits. */
  readonly classes?: readonly string[];
};

/**
 * Writes a network's inference node by node.
 *
 * @returns the shape of the graph's input, and the value of the logits
 * @throws SpecError, ShapeError as `buildModel`; OptionError, ShapeError for an invalid image input
 */
export function writeGraph(
  where: string,
  writer: GraphWriter,
  { spec, params, stats }: TrainedNetwork,
  { images, classes, ...others }: ExportOptions,
): { readonly input: GraphShape; readonly logits: GraphTensor } {
  refuseOthers(where, others, ['images', 'classes']);
  let input: GraphShape = [];
  // Called when spec and variables are checked: before, an option cannot be compared with the spec.
  const make = (usual: TensorFunctions) => {
    if (images !== undefined) checkImages(where, images, spec);
    if (classes !== undefined) checkClasses(where, classes, spec);
    input = [-1, ...(images?.shape ?? spec.input)];
    const given = new GraphTensor(graphNames.input, input);
    const functions = graphFunctions(writer, usual);
    const x = images === undefined ? given : prepared(functions, given, images, spec);
    return { ops: functions.layers, x: standIn(x) };
  };
  let logits: Tensor | undefined;
  tidy(() => {
    logits = inferWith(make, spec, { params, stats }, { where });
  });
  return { input, logits: logits as unknown as GraphTensor };
}

/** Layers only pass the value on and read its shape; the functions for graphs know what it is. */
function standIn(x: GraphTensor): Tensor {
  return x as unknown as Tensor;
}

function checkClasses(where: string, classes: readonly string[], spec: ModelSpec): void {
  const isRight = Array.isArray(classes) && classes.length === spec.classes;
  if (isRight && classes.every((name) => typeof name === 'string')) return;
  const rule = `hold the names of the network's ${spec.classes} classes`;
  throw new OptionError({ where, what: 'classes', rule, got: classes });
}

function checkImages(where: string, { shape, normalize, ...others }: ImageInput, spec: ModelSpec): void {
  refuseOthers(`${where}: images`, others, ['shape', 'normalize']);
  const [height, width, channels] = spec.input;
  const isShape = Array.isArray(shape) && shape.length === 3 && shape.every(Number.isInteger);
  if (!isShape || shape[0] < height! || shape[1] < width! || shape[2] !== channels) {
    const rule = `be [H, W, ${channels}] with H ≥ ${height} and W ≥ ${width}, as the network's input is cropped out`;
    throw new ShapeError({ where, what: 'images.shape', rule, got: shape });
  }
  if (normalize === 'image') return;
  if (typeof normalize !== 'object' || normalize === null) {
    const rule = 'be "image", or { mean, sd } with a number for each channel';
    throw new OptionError({ where, what: 'images.normalize', rule, got: normalize });
  }
  const { mean, sd, ...unknown } = normalize;
  refuseOthers(`${where}: images.normalize`, unknown, ['mean', 'sd']);
  for (const [key, given] of Object.entries({ mean, sd })) {
    // In JavaScript, it may be missing, or the array that a tensor's data are.
    const values = Array.from(given ?? []);
    const isRight = (value: number) => Number.isFinite(value) && (key === 'mean' || value > 0);
    if (values.length === channels && values.every(isRight)) continue;
    const rule = `hold ${channels} ${key === 'mean' ? 'finite numbers' : 'numbers above 0'}, one per channel`;
    throw new OptionError({ where, what: `images.normalize.${key}`, rule, got: given });
  }
}

/** The network's input from images of values 0 to 255. */
function prepared(
  { combine, apply, mean, crop }: GraphFunctions,
  images: GraphTensor,
  { shape, normalize }: ImageInput,
  { input }: ModelSpec,
): GraphTensor {
  const [height, width] = [input[0]!, input[1]!];
  const [top, left] = [Math.floor((shape[0] - height) / 2), Math.floor((shape[1] - width) / 2)];
  const isWhole = height === shape[0] && width === shape[1];
  const cropped = isWhole ? images : crop(images, { top, left, height, width });
  if (normalize === 'image') {
    const axes = [1, 2, 3];
    const centred = combine('sub', cropped, mean(cropped, axes, true));
    const deviation = apply('sqrt', mean(combine('mul', centred, centred), axes, true));
    const least = 1 / Math.sqrt(height * width * shape[2]);
    return combine('div', centred, combine('max', deviation, least));
  }
  // `map` of an integer array would round the results.
  const [means, sd] = [Array.from(normalize.mean), Array.from(normalize.sd)];
  const scale = tensor1d(sd.map((each) => 1 / (255 * each)));
  const offset = tensor1d(means.map((each, channel) => -each / sd[channel]!));
  return combine('add', combine('mul', cropped, scale), offset);
}

/** The names of a network's variables, for the constants of its graph; {@link writeGraph} refuses what is missing. */
export function namesOf({ params, stats }: TrainedNetwork): Map<Tensor, string> {
  return new Map(
    [...Object.entries(params ?? {}), ...Object.entries(stats ?? {})].map(([path, tensor]) => [tensor, path]),
  );
}
