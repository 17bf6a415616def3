import type { LayerSpec } from '@normlab/models';
import { describe, expect, it } from 'vitest';
import { traceSpec } from '../src/traceSpec.js';
import { layersInOrder, mapLayers, visitLayers } from '../src/visitLayers.js';

const affine = (name: string): LayerSpec => ({ type: 'affine', name });
const layers: readonly LayerSpec[] = [
  affine('a'),
  { type: 'residual', name: 'r', layers: [affine('b'), affine('c')], shortcut: [affine('s'), affine('t')] },
  { type: 'residual', name: 'plain', layers: [affine('b')] },
  { type: 'globalPool', name: 'g' },
];
const traced = traceSpec({ name: 'small', input: [2, 2, 3], classes: 3, layers }).layers;

describe('visitLayers', () => {
  it('enters a residual before its layers and leaves it after them, the shortcut first', () => {
    const steps: string[] = [];
    visitLayers(traced, {
      enter: ({ path }, previous) => steps.push(`${path} after ${previous?.path}`),
      leave: ({ path, inner }, previous) => inner.length > 0 && steps.push(`left ${path}, ${previous?.path}`),
    });
    expect(steps).toEqual([
      'a after undefined',
      'r after a',
      ...['r/s after undefined', 'r/t after r/s', 'r/b after undefined', 'r/c after r/b'],
      'left r, a',
      'plain after r',
      'plain/b after undefined',
      'left plain, r',
      'g after plain',
    ]);
    expect(layersInOrder(traced).map(({ path }) => path)).toEqual([
      ...['a', 'r', 'r/s', 'r/t', 'r/b', 'r/c'],
      ...['plain', 'plain/b', 'g'],
    ]);
  });
});

describe('mapLayers', () => {
  it('tells the path of each layer and its neighbours in its chain', () => {
    const places: string[] = [];
    const same = mapLayers(layers, (layer, { path, previous, next }) => {
      places.push(`${path}: ${previous?.name}, ${next?.name}`);
      return [layer];
    });
    expect(same).toEqual(layers);
    expect(places.sort()).toEqual([
      'a: undefined, r',
      'g: plain, undefined',
      'plain/b: undefined, undefined',
      'plain: r, g',
      'r/b: undefined, c',
      'r/c: b, undefined',
      'r/s: undefined, t',
      'r/t: s, undefined',
      'r: a, plain',
    ]);
  });

  it('replaces a layer by any number of layers, inside residuals too', () => {
    const twice = mapLayers(layers, (layer) =>
      layer.name === 'b' ? [] : layer.name === 's' ? [layer, affine('new')] : [layer],
    );
    expect(twice).toEqual([
      affine('a'),
      {
        type: 'residual',
        name: 'r',
        layers: [affine('c')],
        shortcut: [affine('s'), affine('new'), affine('t')],
      },
      { type: 'residual', name: 'plain', layers: [] },
      { type: 'globalPool', name: 'g' },
    ]);
  });
});
