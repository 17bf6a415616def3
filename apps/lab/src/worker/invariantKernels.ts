import type { LayerSpec, ModelSpec } from '@normlab/models';

/**
 * The kernels directly before a norm: the network's output is the same for a kernel a·W, a > 0.
 *
 * @returns paths of parameters, such as `stage1/block1/conv1/kernel`
 */
export function invariantKernels({ layers }: ModelSpec): string[] {
  return kernelsIn(layers, '');
}

function kernelsIn(layers: readonly LayerSpec[], prefix: string): string[] {
  return layers.flatMap((layer, index) => {
    const path = `${prefix}${layer.name}`;
    if (layer.type === 'residual') {
      return [...kernelsIn(layer.shortcut ?? [], `${path}/`), ...kernelsIn(layer.layers, `${path}/`)];
    }
    const isPlain = layer.type === 'conv' && (layer.weights ?? 'plain') === 'plain' && !layer.bias;
    return isPlain && layers[index + 1]?.type === 'norm' ? [`${path}/kernel`] : [];
  });
}
