import { type GradConfig, getGradient, registerGradient, unregisterGradient } from '@tensorflow/tfjs-core';

/** One of our gradients in tfjs's registry, with the list that it shares with the others of its name. */
type LayeredGradient = GradConfig & {
  readonly [layersKey]: { readonly original: GradConfig | undefined; readonly layers: GradConfig[] };
};

/** All copies of this package use the same symbol. */
const layersKey: unique symbol = Symbol.for('@normlab/wasm-kernels/gradient-layers');

/** The gradient of a kernel as it was without our layers. */
export function gradientBelow(kernelName: string): GradConfig | undefined {
  const current: GradConfig | undefined = getGradient(kernelName);
  return isLayered(current) ? current[layersKey].original : current;
}

/**
 * Replaces tfjs's gradient of the same name, and returns a function that restores it.
 *
 * Gradients may be removed in any order: the newest remaining one is used, and after the last one the original
 * gradient, unless someone else has replaced ours meanwhile.
 */
export function addGradientLayer(config: GradConfig): () => void {
  const current: GradConfig | undefined = getGradient(config.kernelName);
  const shared = isLayered(current) ? current[layersKey] : { original: current, layers: [] };
  const layer: LayeredGradient = { ...config, [layersKey]: shared };
  shared.layers.push(layer);
  replaceGradient(current, layer);
  return () => {
    const place = shared.layers.indexOf(layer);
    if (place >= 0) shared.layers.splice(place, 1);
    if (getGradient(config.kernelName) === layer)
      replaceGradient(layer, shared.layers.at(-1) ?? shared.original);
  };
}

/** tfjs warns of a second gradient under one name when its debug mode is on. */
function replaceGradient(before: GradConfig | undefined, after: GradConfig | undefined): void {
  if (before !== undefined) unregisterGradient(before.kernelName);
  if (after !== undefined) registerGradient(after);
}

function isLayered(entry: GradConfig | undefined): entry is LayeredGradient {
  return entry !== undefined && layersKey in entry;
}
