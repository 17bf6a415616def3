import type { LayerSpec, SpecLayer } from './layerTypes.js';

/** Callbacks for each layer, before and after the layers inside it; `previous` is the layer before it in its chain. */
export type LayerVisitor = {
  enter?(place: SpecLayer, previous: SpecLayer | undefined): void;
  leave?(place: SpecLayer, previous: SpecLayer | undefined): void;
};

/** Visits all layers in the order in which they run, including those inside residuals: a shortcut comes first. */
export function visitLayers(layers: readonly SpecLayer[], visitor: LayerVisitor): void {
  layers.forEach((place, index) => {
    visitor.enter?.(place, layers[index - 1]);
    visitLayers(place.shortcut, visitor);
    visitLayers(place.inner, visitor);
    visitor.leave?.(place, layers[index - 1]);
  });
}

/** All layers in order, each residual before the layers inside it. */
export function layersInOrder(layers: readonly SpecLayer[]): SpecLayer[] {
  const found: SpecLayer[] = [];
  visitLayers(layers, { enter: (place) => found.push(place) });
  return found;
}

/** The position of {@link mapLayers}. */
export type MappedPlace = {
  /** `stage1/block1/conv1` */
  readonly path: string;
  /** The unmapped layers before and after it in the same chain. */
  readonly previous: LayerSpec | undefined;
  readonly next: LayerSpec | undefined;
};

/**
 * A chain with each layer replaced by any number of layers, including those inside residuals. A residual is mapped
 * after the layers inside it, and holds the mapped layers.
 */
export function mapLayers(
  layers: readonly LayerSpec[],
  map: (layer: LayerSpec, place: MappedPlace) => readonly LayerSpec[],
  parent = '',
): LayerSpec[] {
  return layers.flatMap((layer, index) => {
    const path = `${parent}${layer.name}`;
    return map(mapInside(layer, map, path), { path, previous: layers[index - 1], next: layers[index + 1] });
  });
}

function mapInside(layer: LayerSpec, map: Parameters<typeof mapLayers>[1], path: string): LayerSpec {
  if (layer.type !== 'residual') return layer;
  const inside = (chain: readonly LayerSpec[]) => mapLayers(chain, map, `${path}/`);
  const { shortcut } = layer;
  return {
    ...layer,
    ...(shortcut !== undefined && { shortcut: inside(shortcut) }),
    layers: inside(layer.layers),
  };
}
