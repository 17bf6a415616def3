import type { Complaint } from '@normlab/errors';
import type { ConvSpec, LayerSpec, ModelSpec, PoolSpec } from './modelSpec.js';
import { largestTensor, neededTensors, sizeOf } from './neededTensors.js';
import { poolLength } from './poolLength.js';

/** Shape of one example between layers: a picture [H, W, C] or features [C]. */
export type FeatureShape = readonly number[];

/** A layer in its place in a network. */
export type TracedLayer<Layer extends LayerSpec = LayerSpec> = {
  readonly layer: Layer;
  /** Its name after those of the residuals around it: `stage1/block1/conv1`. */
  readonly path: string;
  /** Where it stands in the spec: `layers[3].layers[0]`. */
  readonly at: string;
  readonly input: FeatureShape;
  readonly output: FeatureShape;
  /** The layers inside a residual, in order; empty for all others. */
  readonly inner: readonly TracedLayer[];
};

/** What is wrong with a spec, without the place that found it. */
export type SpecFault = Omit<Complaint, 'where'>;

/**
 * Follows one example through a spec whose parts are each valid, and collects what does not fit together. After a
 * fault it goes on with the likeliest shape.
 */
export function traceSpec(spec: ModelSpec): {
  readonly layers: readonly TracedLayer[];
  readonly faults: readonly SpecFault[];
} {
  const faults: SpecFault[] = [];
  if (sizeOf(spec.input) > largestTensor) {
    faults.push({ what: 'input', rule: `hold at most ${largestTensor} numbers`, got: spec.input });
  }
  const layers = traceLayers(spec.layers, spec.input, '', '', faults);
  const output = layers.at(-1)!.output;
  if (output.length !== 1 || output[0] !== spec.classes) {
    faults.push({
      what: 'layers',
      rule: `end in logits of shape [${spec.classes}], one for each of the classes`,
      got: output,
    });
  }
  const taken = new Map<string, string>();
  for (const { path, at } of flatten(layers)) {
    const first = taken.get(path);
    if (first === undefined) taken.set(path, at);
    else faults.push({ what: `${at}.name`, rule: `differ from that of ${first}`, got: path });
  }
  return { layers, faults };
}

/** All layers in order, each residual before the layers inside it. */
export function flatten(layers: readonly TracedLayer[]): TracedLayer[] {
  return layers.flatMap((each) => [each, ...flatten(each.inner)]);
}

/** Whether a traced layer is of a type, for the compiler. */
export function isOfType<Type extends LayerSpec['type']>(
  traced: TracedLayer,
  type: Type,
): traced is TracedLayer<Extract<LayerSpec, { type: Type }>> {
  return traced.layer.type === type;
}

/** Product of the strides along a chain of layers: what a shortcut beside it must pool by. */
export function totalStride(layers: readonly LayerSpec[]): number {
  return layers.reduce((product, layer) => {
    if (layer.type === 'conv' || layer.type === 'pool') return product * layer.stride;
    return layer.type === 'residual' ? product * totalStride(layer.layers) : product;
  }, 1);
}

function traceLayers(
  layers: readonly LayerSpec[],
  input: FeatureShape,
  parentPath: string,
  parentAt: string,
  faults: SpecFault[],
): TracedLayer[] {
  let shape = input;
  return layers.map((layer, index) => {
    const path = `${parentPath}${layer.name}`;
    const at = `${parentAt}layers[${index}]`;
    const inner =
      layer.type === 'residual' ? traceLayers(layer.layers, shape, `${path}/`, `${at}.`, faults) : [];
    const fault = (what: string, rule: string, got: unknown) =>
      faults.push({ what: `${at}${what}`, rule, got });
    const output = outputShape(layer, shape, inner, fault);
    for (const { what, numbers } of neededTensors(layer, totalStride([layer]), shape, output)) {
      if (numbers > largestTensor)
        fault('', `be small enough that its ${what} holds at most ${largestTensor} numbers`, numbers);
    }
    const traced = { layer, path, at, input: shape, output, inner };
    shape = output;
    return traced;
  });
}

type Fault = (what: string, rule: string, got: unknown) => void;

function outputShape(
  layer: LayerSpec,
  input: FeatureShape,
  inner: readonly TracedLayer[],
  fault: Fault,
): FeatureShape {
  switch (layer.type) {
    case 'norm':
    case 'affine':
    case 'activation':
    case 'dropout':
      return input;
    case 'dense':
      if (input.length !== 1) {
        fault('', 'follow the global pool, as a dense layer takes features [C]', input);
      }
      return [layer.units];
  }
  if (input.length !== 3) {
    fault('', `follow a layer that gives pictures [H, W, C], as a ${layer.type} layer takes them`, input);
  }
  const [height = 1, width = 1, channels = input[0]!] = input.length === 3 ? input : [];
  switch (layer.type) {
    case 'conv':
      return [...windowed(layer, layer.kernel, '.kernel', height, width, fault), layer.channels];
    case 'pool':
      return [...windowed(layer, layer.size, '.size', height, width, fault), channels];
    case 'globalPool':
      return [channels];
    case 'residual': {
      const stride = totalStride(layer.layers);
      const output = inner.at(-1)!.output;
      const [down, across] = [Math.ceil(height / stride), Math.ceil(width / stride)];
      if (output.length !== 3 || output[0] !== down || output[1] !== across || output[2]! < channels) {
        const rule = `give pictures of ${down}×${across}, as the shortcut does, with at least ${channels} channels`;
        fault('.layers', rule, output);
      }
      return output;
    }
  }
}

function windowed(
  layer: ConvSpec | PoolSpec,
  size: number,
  what: string,
  height: number,
  width: number,
  fault: Fault,
): [number, number] {
  const shorter = Math.min(height, width);
  if (layer.padding === 'valid' && size > shorter) {
    fault(what, `be at most ${shorter}, as the picture there is ${height}×${width}`, size);
    return [1, 1];
  }
  return [
    poolLength(height, size, layer.stride, layer.padding).length,
    poolLength(width, size, layer.stride, layer.padding).length,
  ];
}
