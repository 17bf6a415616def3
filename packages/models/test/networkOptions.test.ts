import {
  type ActivationName,
  activationNames,
  allCnn,
  type BlockKind,
  blockKinds,
  convWeights,
  type LayerSpec,
  type ModelSpec,
  network,
  networkNames,
  nin,
  normKinds,
  parseSpec,
  placements,
  resnet,
  shortcutKinds,
  summarize,
} from '@normlab/models';
import { describe, expect, it } from 'vitest';

/** As many groups as channels: 2¹¹·3·5 is a multiple of every number of channels in these networks. */
const everyChannel = { normKind: 'group', groups: 2 ** 11 * 3 * 5 } as const;

describe('network options', () => {
  it.each(networkNames)('reach every layer of %s', (name) => {
    const spec = network(name, {
      classes: 100,
      activation: 'tanh',
      width: 0.5,
      convBias: true,
      input: [40, 40, 1],
      epsilon: 0.01,
      decay: 0.5,
    });
    expect(spec).toMatchObject({ classes: 100, input: [40, 40, 1] });
    for (const layer of flat(spec.layers)) {
      if (layer.type === 'conv') expect(layer.bias).toBe(true);
      if (layer.type === 'activation') expect(layer.kind).toBe('tanh');
      if (layer.type === 'norm') expect(layer).toMatchObject({ epsilon: 0.01, decay: 0.5 });
    }
    const wide = channelsOf(network(name).layers);
    const narrow = channelsOf(network(name, { width: 0.5 }).layers);
    const isHead = (index: number) =>
      name !== 'resnet-29' && name !== 'resnet-101' && index === wide.length - 1;
    expect(narrow).toEqual(wide.map((each, index) => (isHead(index) ? each : each / 2)));
  });

  it.each(networkNames)('%s: every placement, block, number of classes, at any width', (name) => {
    const blocks = name.startsWith('resnet') ? blockKinds : [undefined];
    for (const norm of placements) {
      for (const classes of [10, 100]) {
        for (const width of [0.01, 0.3, 1, 2]) {
          for (const block of blocks) {
            expectSpec(
              network(name, { norm, classes, width, ...(block !== undefined && { block }) }),
              classes,
            );
          }
        }
      }
    }
  });

  it.each(networkNames)('%s: every activation, kind of norm, of weights and of shortcut', (name) => {
    for (const activation of activationNames) expectSpec(network(name, { activation }));
    for (const weights of convWeights) expectSpec(network(name, { convWeights: weights }));
    for (const normKind of normKinds) {
      for (const width of [0.01, 0.3, 1]) expectSpec(network(name, { normKind, width }));
    }
    if (!name.startsWith('resnet')) return;
    for (const shortcut of shortcutKinds) {
      for (const block of blockKinds) expectSpec(network(name, { shortcut, block }));
    }
  });

  it('groups: the requested number, or its largest common divisor with the channels', () => {
    const groupsOf = (options: Parameters<typeof allCnn>[0]) =>
      flat(allCnn({ normKind: 'group', ...options }).layers).flatMap((layer) =>
        layer.type === 'norm' && layer.kind === 'group' ? [layer.groups] : [],
      );
    expect(groupsOf({})).toEqual([32, 32, 32, 32, 32, 32, 32, 32, 2]);
    expect(groupsOf({ groups: 8, width: 0.25 })).toEqual([8, 8, 8, 8, 8, 8, 8, 8, 2]);
    expect(groupsOf({ groups: 5, width: 0.25 })).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 5]);
  });

  it.each<[string, () => ModelSpec]>([
    ['ALL-CNN', () => allCnn(everyChannel)],
    ['NIN', () => nin(everyChannel)],
    ['ResNet-20', () => resnet({ ...everyChannel, depth: 20 })],
    ['ResNet-50 with projections', () => resnet({ ...everyChannel, depth: 50, shortcut: 'projection' })],
    [
      'ResNet-20, post-activation, with projections',
      () => resnet({ ...everyChannel, depth: 20, block: 'post-activation', shortcut: 'projection' }),
    ],
  ])('groups are those of the channels at each norm: %s', (_, make) => {
    const spec = make();
    const channels = summarize(spec).flatMap(({ type, output }) => (type === 'norm' ? [output.at(-1)] : []));
    expect(groupsIn(spec.layers)).toEqual(channels);
  });

  it('the first block of each stage but the first halves the image', () => {
    const strides = flat(resnet({ depth: 20 }).layers).flatMap((layer) =>
      layer.type === 'conv' && layer.name === 'conv2' ? [layer.stride] : [],
    );
    expect(strides).toEqual([1, 1, 2, 1, 2, 1]);
  });

  it('plain weights are the default of a conv, which its spec leaves out', () => {
    expect(allCnn({ convWeights: 'plain' }).layers[0]).not.toHaveProperty('weights');
    expect(allCnn({ convWeights: 'weight-norm' }).layers[0]).toHaveProperty('weights', 'weight-norm');
  });

  it('width rounds, to at least one channel', () => {
    expect(channelsOf(allCnn({ width: 0.001 }).layers)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 10]);
    expect(channelsOf(allCnn({ width: 0.26 }).layers)).toEqual([25, 25, 25, 50, 50, 50, 50, 50, 10]);
  });

  it('head: 100 channels, or 10 and a dense layer to 100', () => {
    const conv = allCnn({ classes: 100 });
    const dense = allCnn({ classes: 100, head: 'dense' });
    expect(channelsOf(conv.layers).at(-1)).toBe(100);
    expect(channelsOf(dense.layers).at(-1)).toBe(10);
    expect(dense.layers.at(-1)).toEqual({ type: 'dense', name: 'dense', units: 100, bias: true });
  });

  it('depth: the stages of 9n + 2, and those of the ImageNet networks', () => {
    const blocks = (depth: number) =>
      resnet({ depth })
        .layers.filter(({ type }) => type === 'residual')
        .reduce<Record<string, number>>((counts, { name }) => {
          const stage = name.split('/')[0]!;
          return Object.assign(counts, { [stage]: (counts[stage] ?? 0) + 1 });
        }, {});
    expect(blocks(29)).toEqual({ stage1: 3, stage2: 3, stage3: 3 });
    expect(blocks(38)).toEqual({ stage1: 4, stage2: 4, stage3: 4 });
    expect(blocks(50)).toEqual({ stage1: 3, stage2: 4, stage3: 6, stage4: 3 });
    expect(blocks(101)).toEqual({ stage1: 3, stage2: 4, stage3: 23, stage4: 3 });
    expect(blocks(152)).toEqual({ stage1: 3, stage2: 8, stage3: 36, stage4: 3 });
    for (const depth of [11, 20, 29, 47, 50, 101, 152]) {
      const weighted = flat(resnet({ depth }).layers).filter(
        ({ type }) => type === 'conv' || type === 'dense',
      );
      expect(weighted).toHaveLength(depth);
    }
  });

  it('refuses unknown names, with the nearest valid names', () => {
    const faults: (() => unknown)[] = [
      () => allCnn({ width: 0 }),
      () => allCnn({ width: Number.NaN }),
      () => allCnn({ width: Number.POSITIVE_INFINITY }),
      () => allCnn({ head: 'Dense' as 'dense' }),
      () => allCnn({ classes: 0 }),
      () => allCnn({ classes: 1.5 }),
      () => allCnn({ normKind: 'group', groups: 0 }),
      () => allCnn({ activation: 'leaky_relu' as ActivationName }),
      () => resnet({ depth: 30 }),
      () => resnet({ depth: 2 }),
      () => resnet({ depth: 9011 }),
      () => resnet({ block: 'preactivation' as BlockKind }),
      () => network('allcnn'),
      () => network('resnet-30'),
      () => network('my-resnet-29'),
      () => network('resnet-29b'),
      () => allCnn({ widht: 1 } as object),
      () => allCnn({ heads: 'dense' } as object),
      () => nin({ dropRat: 0.1 } as object),
      () => resnet({ dept: 29 } as object),
      () => resnet({ blok: 'pre-activation' } as object),
      () => resnet({ shortcuts: 'projection' } as object),
      () => allCnn({ input: [0, 1, 1] }),
      () => nin({ input: [0, 1, 1] }),
      () => resnet({ input: [0, 1, 1] }),
    ];
    expect(faults.map(messageOf)).toMatchInlineSnapshot(`
      [
        "OptionError: allCnn: width must be a positive number, got 0.",
        "OptionError: allCnn: width must be a positive number, got NaN.",
        "OptionError: allCnn: width must be a positive number, got Infinity.",
        "OptionError: allCnn: head must be "conv" or "dense", got "Dense" (did you mean "dense"?).",
        "OptionError: allCnn: classes must be a positive integer, got 0.",
        "OptionError: allCnn: classes must be a positive integer, got 1.5.",
        "OptionError: allCnn: groups must be a positive integer, got 0.",
        "OptionError: allCnn: activation must be the name of a non-linearity, got "leaky_relu" (did you mean "leaky-relu"?).",
        "OptionError: resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 30.",
        "OptionError: resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 2.",
        "OptionError: resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 9011.",
        "OptionError: resnet: block must be "pre-activation" or "post-activation", got "preactivation" (did you mean "pre-activation" or "post-activation"?).",
        "OptionError: network: name must be the name of a network, got "allcnn" (did you mean "all-cnn"?).",
        "OptionError: resnet: depth must be 9n + 2 (11, 20, 29, …) up to 9002, or one of 50, 101, 152, got 30.",
        "OptionError: network: name must be the name of a network, got "my-resnet-29" (did you mean "resnet-29"?).",
        "OptionError: network: name must be the name of a network, got "resnet-29b" (did you mean "resnet-29" or "resnet-101"?).",
        "OptionError: allCnn: "widht" must be an option (did you mean "width"?).",
        "OptionError: allCnn: "heads" must be an option (did you mean "head"?).",
        "OptionError: nin: "dropRat" must be an option (did you mean "dropRate"?).",
        "OptionError: resnet: "dept" must be an option (did you mean "depth"?).",
        "OptionError: resnet: "blok" must be an option (did you mean "block"?).",
        "OptionError: resnet: "shortcuts" must be an option (did you mean "shortcut"?).",
        "SpecError: allCnn: input[0] must be a positive integer, got 0.",
        "SpecError: nin: input[0] must be a positive integer, got 0.",
        "SpecError: resnet: input[0] must be a positive integer, got 0.",
      ]
    `);
  });
});

it('a ResNet may have 9002 layers: with that depth, only the input is refused', () => {
  expect(messageOf(() => resnet({ depth: 9002, input: [0, 1, 1] }))).toBe(
    'SpecError: resnet: input[0] must be a positive integer, got 0.',
  );
});

describe('network', () => {
  it('gives each network its own options', () => {
    expect(network('all-cnn', { head: 'dense' })).toEqual(allCnn({ head: 'dense' }));
    expect(network('nin', { dropRate: 0.25 })).toEqual(nin({ dropRate: 0.25 }));
    const kinds = { block: 'post-activation', shortcut: 'projection' } as const;
    expect(network('resnet-20', kinds)).toEqual(resnet({ depth: 20, ...kinds }));
    const rates = flat(network('nin', { dropRate: 0.25 }).layers).flatMap((layer) =>
      layer.type === 'dropout' ? [layer.dropRate] : [],
    );
    expect(rates).toEqual([0.25, 0.25]);
  });
});

describe('an option that only other networks have', () => {
  const own = { head: 'dense', dropRate: 0.5, block: 'pre-activation', shortcut: 'projection' } as const;
  it.each([
    ['all-cnn', ['head']],
    ['nin', ['dropRate']],
    ['resnet-29', ['block', 'shortcut']],
  ] as const)('is refused for %s', (name, taken) => {
    for (const [option, value] of Object.entries(own)) {
      const message = messageOf(() => network(name, { [option]: value }));
      const refusal = `OptionError: network: ${option} must be left out for ${name}, which has no such option, got ${JSON.stringify(value)}.`;
      expect(message).toBe((taken as readonly string[]).includes(option) ? 'no error' : refusal);
    }
  });
});

function flat(layers: readonly LayerSpec[]): LayerSpec[] {
  return layers.flatMap((layer) => (layer.type === 'residual' ? flat(layer.layers) : [layer]));
}

/** The groups of each norm, in the order in which layers run: a shortcut comes first. */
function groupsIn(layers: readonly LayerSpec[]): number[] {
  return layers.flatMap((layer) => {
    if (layer.type === 'residual') return [...groupsIn(layer.shortcut ?? []), ...groupsIn(layer.layers)];
    return layer.type === 'norm' && layer.kind === 'group' ? [layer.groups] : [];
  });
}

function channelsOf(layers: readonly LayerSpec[]): number[] {
  return flat(layers).flatMap((layer) => (layer.type === 'conv' ? [layer.channels] : []));
}

function messageOf(f: () => unknown): string {
  try {
    f();
  } catch (error) {
    return String(error);
  }
  return 'no error';
}

function expectSpec(spec: ModelSpec, classes = 10): void {
  expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
  expect(summarize(spec).at(-1)!.output).toEqual([classes]);
}
