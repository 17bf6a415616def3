import {
  allCnn,
  type LayerSpec,
  type ModelSpec,
  type NormSpec,
  nin,
  type Placement,
  placements,
  placeNorms,
  resnet,
} from '@normlab/models';
import { describe, expect, it } from 'vitest';

const families = [
  { title: 'ALL-CNN', make: (norm: Placement) => allCnn({ norm }), last: 'norm9', norms: 9 },
  {
    title: 'ALL-CNN, dense head',
    make: (norm: Placement) => allCnn({ norm, head: 'dense' }),
    last: 'norm9',
    norms: 9,
  },
  { title: 'NIN', make: (norm: Placement) => nin({ norm }), last: 'norm9', norms: 9 },
  { title: 'ResNet-29', make: (norm: Placement) => resnet({ norm }), last: 'final/norm', norms: 28 },
  {
    title: 'ResNet-29, post-activation',
    make: (norm: Placement) => resnet({ norm, block: 'post-activation' }),
    last: 'stage3/block3/norm3',
    norms: 28,
  },
  {
    title: 'ResNet-101',
    make: (norm: Placement) => resnet({ norm, depth: 101 }),
    last: 'final/norm',
    norms: 100,
  },
];

const bn = { gain: true, bias: true };

describe.each(families)('placeNorms of $title', ({ make, last, norms }) => {
  const cbn = { gain: false, bias: false };

  it.each([
    { norm: 'bn', others: bn, final: bn },
    { norm: 'cbn-all', others: cbn, final: cbn },
    { norm: 'cbn-lconv-bn', others: cbn, final: bn },
    { norm: 'cbn-lconv-nobn', others: cbn, final: undefined },
    { norm: 'none', others: undefined, final: undefined },
    { norm: 'gain-only', others: { gain: true, bias: false }, final: { gain: true, bias: false } },
    { norm: 'bias-only', others: { gain: false, bias: true }, final: { gain: false, bias: true } },
  ] as const)('$norm', ({ norm, others, final }) => {
    const placed = normsOf(make(norm).layers);
    const kept = (others ? norms - 1 : 0) + (final ? 1 : 0);
    expect(placed.size).toBe(kept);
    expect(learned(placed.get(last))).toEqual(final);
    placed.delete(last);
    for (const each of placed.values()) expect(learned(each)).toEqual(others);
  });

  it('placeNorms(placeNorms(spec, a), b) = placeNorms(spec, b) unless a leaves norms out', () => {
    const spec = make('bn');
    const keeping = placements.filter((each) => each !== 'none' && each !== 'cbn-lconv-nobn');
    for (const first of keeping) {
      for (const second of placements) {
        expect(placeNorms(placeNorms(spec, first), second)).toEqual(placeNorms(spec, second));
      }
    }
  });

  it('changes only norms', () => {
    const withoutNorms = make('none');
    for (const norm of placements) expect(placeNorms(make(norm), 'none')).toEqual(withoutNorms);
  });
});

describe('placeNorms', () => {
  it('takes the first norm after the last conv as the last conv’s norm, even if others follow', () => {
    const norm = (name: string): LayerSpec => ({ type: 'norm', name, ...bn, epsilon: 0, decay: 0.9 });
    const conv: LayerSpec = {
      type: 'conv',
      name: 'conv',
      channels: 2,
      kernel: 1,
      stride: 1,
      padding: 'same',
      bias: false,
    };
    const block: LayerSpec = { type: 'residual', name: 'block', layers: [norm('before'), conv] };
    const layers: LayerSpec[] = [block, norm('first'), { type: 'globalPool', name: 'pool' }, norm('second')];
    const spec: ModelSpec = { name: 'by hand', input: [1, 1, 2], classes: 2, layers };
    const placed = normsOf(placeNorms(spec, 'cbn-lconv-bn').layers);
    expect([...placed].map(([path, each]) => [path, each.gain])).toEqual([
      ['block/before', false],
      ['first', true],
      ['second', false],
    ]);
  });

  it('needs a norm after the last conv only where that is placed differently from the others', () => {
    const { layers, ...rest } = allCnn();
    const spec = { ...rest, layers: layers.filter(({ name }) => name !== 'norm9') };
    const refused = placements.filter((each) => messageOf(() => placeNorms(spec, each)) !== 'no error');
    expect(refused).toEqual(['cbn-lconv-bn', 'cbn-lconv-nobn']);
    const placed = normsOf(placeNorms(spec, 'gain-only').layers);
    expect([...placed.values()].map(learned)).toEqual(Array(8).fill({ gain: true, bias: false }));
  });

  it('refuses what it cannot do', () => {
    const none = allCnn({ norm: 'none' });
    const inner: LayerSpec = { type: 'norm', name: 'inner', ...bn, epsilon: 0, decay: 0.9 };
    const onlyNormInside: ModelSpec = {
      name: 'by hand',
      input: [2, 2, 3],
      classes: 3,
      layers: [
        { type: 'affine', name: 'affine' },
        { type: 'residual', name: 'block', layers: [inner] },
        { type: 'globalPool', name: 'pool' },
      ],
    };
    expect(placeNorms(onlyNormInside, 'cbn-all').layers).toHaveLength(3);
    const faults: (() => ModelSpec)[] = [
      () => placeNorms(none, 'bn'),
      () => placeNorms(allCnn({ norm: 'cbn-lconv-nobn' }), 'cbn-lconv-bn'),
      () => placeNorms(allCnn(), 'cbn-lconv' as Placement),
      () => placeNorms(allCnn(), undefined as never),
      () => allCnn({ norm: 'batchnorm' as Placement }),
      () => nin({ norm: 'bnn' as Placement }),
      () => resnet({ norm: 'none-at-all' as Placement }),
      () => placeNorms(onlyNormInside, 'none'),
      () => placeNorms({ ...none, layers: [] }, 'none'),
    ];
    expect(faults.map(messageOf)).toMatchInlineSnapshot(`
      [
        "SpecError: placeNorms: layers must hold the norms to place (start from the spec with placement "bn").",
        "SpecError: placeNorms: layers must hold a norm after the last conv (start from the spec with placement "bn").",
        "OptionError: placeNorms: placement must be the name of a placement, got "cbn-lconv" (did you mean "cbn-lconv-bn" or "cbn-lconv-nobn"?).",
        "OptionError: placeNorms: placement must be the name of a placement (valid names: bn, cbn-all, cbn-lconv-bn, cbn-lconv-nobn, none, gain-only, bias-only).",
        "OptionError: allCnn: norm must be the name of a placement, got "batchnorm" (valid names: bn, cbn-all, cbn-lconv-bn, cbn-lconv-nobn, none, gain-only, bias-only).",
        "OptionError: nin: norm must be the name of a placement, got "bnn" (did you mean "bn"?).",
        "OptionError: resnet: norm must be the name of a placement, got "none-at-all" (valid names: bn, cbn-all, cbn-lconv-bn, cbn-lconv-nobn, none, gain-only, bias-only).",
        "SpecError: placeNorms: layers[1].layers must hold more than the norms that placement "none" leaves out.",
        "SpecError: placeNorms: layers must hold at least one layer, got [].",
      ]
    `);
  });
});

function normsOf(layers: readonly LayerSpec[], parent = ''): Map<string, NormSpec> {
  return new Map(
    layers.flatMap((layer): [string, NormSpec][] => {
      if (layer.type === 'norm') return [[`${parent}${layer.name}`, layer]];
      return layer.type === 'residual' ? [...normsOf(layer.layers, `${parent}${layer.name}/`)] : [];
    }),
  );
}

function learned(norm: NormSpec | undefined): { gain: boolean; bias: boolean } | undefined {
  return norm && { gain: norm.gain, bias: norm.bias };
}

function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return String(error);
  }
  return 'no error';
}
