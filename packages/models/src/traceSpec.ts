import type { FeatureShape, SpecFault } from './layers/layerType.js';
import { type LayerSpec, type SpecLayer, typeOf } from './layerTypes.js';
import type { ModelSpec } from './modelSpec.js';
import { layersInOrder } from './visitLayers.js';

/** The largest number of values of a tensor: float32 in the 4 GiB that WebAssembly can address. */
const largestTensor = 2 ** 30;

/**
 * Follows one example through a spec whose parts are each valid, and collects the faults of parts that do not fit
 * together. After a fault, it continues with the most likely shape.
 */
export function traceSpec(spec: ModelSpec): {
  readonly layers: readonly SpecLayer[];
  readonly faults: readonly SpecFault[];
} {
  const faults: SpecFault[] = [];
  if (sizeOf(spec.input) > largestTensor) {
    faults.push({ what: 'input', rule: `hold at most ${largestTensor} numbers`, got: spec.input });
  }
  const layers = traceLayers(spec.layers, spec.input, { path: '', at: 'layers' }, faults);
  const output = layers.at(-1)!.output;
  if (output.length !== 1 || output[0] !== spec.classes) {
    faults.push({
      what: 'layers',
      rule: `end in logits of shape [${spec.classes}], one for each of the classes`,
      got: output,
    });
  }
  const taken = new Map<string, string>();
  for (const { path, at } of layersInOrder(layers)) {
    const first = taken.get(path);
    if (first === undefined) taken.set(path, at);
    else faults.push({ what: `${at}.name`, rule: `differ from that of ${first}`, got: path });
  }
  return { layers, faults };
}

/** Product of the lengths of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

function traceLayers(
  layers: readonly LayerSpec[],
  input: FeatureShape,
  parent: { readonly path: string; readonly at: string },
  faults: SpecFault[],
): SpecLayer[] {
  let shape = input;
  return layers.map((layer, index) => {
    const place = { path: `${parent.path}${layer.name}`, at: `${parent.at}[${index}]` };
    const inside = (key: 'layers' | 'shortcut') => {
      const chain = layer.type === 'residual' ? layer[key] : undefined;
      const within = { path: `${place.path}/`, at: `${place.at}.${key}` };
      return chain === undefined ? [] : traceLayers(chain, shape, within, faults);
    };
    const inner = { shortcut: inside('shortcut'), inner: inside('layers') };
    const traced = traceLayer({ ...place, ...inner, layer, input: shape }, faults);
    shape = traced.output;
    return traced;
  });
}

function traceLayer(place: Omit<SpecLayer, 'output' | 'stride'>, faults: SpecFault[]): SpecLayer {
  const type = typeOf(place.layer);
  const fault = (key: string, rule: string, got: unknown) =>
    faults.push({ what: `${place.at}${key}`, rule, got });
  const output = type.outputShape(place, fault);
  const traced = { ...place, output, stride: type.stride?.(place) ?? 1 };
  const checkSize = (what: string, numbers: number) => {
    const rule = `be small enough that its ${what} holds at most ${largestTensor} numbers`;
    if (numbers > largestTensor) fault('', rule, numbers);
  };
  checkSize('output', sizeOf(output));
  // Vectors are never larger than the output.
  const kernels = (type.variables?.(traced).params ?? []).filter(({ shape }) => shape.length > 1);
  for (const { name, shape } of kernels) checkSize(name, sizeOf(shape));
  checkSize('padded input', type.paddedInput?.(traced) ?? 0);
  return traced;
}
