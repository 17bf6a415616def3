import { buildModel, type FoldedNetwork, type LayerSpec, type Variables } from '@normlab/models';
import * as tf from '@tensorflow/tfjs-core';

const unit = 2 ** -24;

/**
 * Expected rounding error of a folded network's logits, as a root mean square.
 *
 * A sum of n products is off by about u·√n·‖w‖·rms(x): n roundings of random sign, each of a partial sum that grows
 * to ‖w‖·rms(x). An error that comes in is passed on by a layer as noise: times ‖W‖, the root mean square of the
 * norms of its output channels, for a convolution or dense layer; times the scale for an affine one; unchanged by
 * activations and means; times at most the window's side by a max pool, which may pick the worst pixel. Where paths
 * meet, errors add up at worst. ‖W‖ and rms(x) are those of the network itself, run on x.
 */
export function roundingError({ spec, params }: FoldedNetwork, x: tf.Tensor4D): number {
  const paths = pathsOf(spec.layers, '');
  const pass = buildModel(spec).applyWith(params, {}, x, { seed: 0, taps: paths });
  const error = chainError(spec.layers, '', { error: 0, level: rms(x) }, params, pass.taps);
  tf.dispose(pass);
  return error;
}

type Flow = { readonly error: number; readonly level: number };

function chainError(
  layers: readonly LayerSpec[],
  parent: string,
  given: Flow,
  params: Variables,
  outputs: Variables,
): number {
  let flow = given;
  for (const layer of layers) {
    const path = `${parent}${layer.name}`;
    const level = rms(outputs[path]!);
    flow = { error: layerError(layer, path, flow, params, outputs) + unit * level, level };
  }
  return flow.error;
}

function layerError(
  layer: LayerSpec,
  path: string,
  { error, level }: Flow,
  params: Variables,
  outputs: Variables,
): number {
  if (layer.type === 'conv' || layer.type === 'dense') {
    const kernel = params[`${path}/kernel`]!;
    const terms = kernel.size / kernel.shape.at(-1)!;
    const gain = Math.sqrt(terms) * rms(kernel);
    return gain * (error + unit * Math.sqrt(terms) * level);
  }
  if (layer.type === 'affine') return rms(params[`${path}/scale`]!) * (error + unit * level);
  if (layer.type === 'pool' && layer.kind === 'max') return layer.size * error;
  if (layer.type === 'residual') {
    return error + chainError(layer.layers, `${path}/`, { error, level }, params, outputs);
  }
  return error;
}

function rms(tensor: tf.Tensor): number {
  return tf.tidy(() => Math.sqrt(tf.mean(tf.square(tensor)).dataSync()[0]!));
}

function pathsOf(layers: readonly LayerSpec[], parent: string): string[] {
  return layers.flatMap((layer) => {
    const path = `${parent}${layer.name}`;
    return layer.type === 'residual' ? [...pathsOf(layer.layers, `${path}/`), path] : [path];
  });
}
