import { SpecError } from '@normlab/errors';
import { allCnn, type LayerSpec, type ModelSpec, nin, parseSpec, resnet } from '@normlab/models';
import { describe, expect, it } from 'vitest';

type Loose = Record<string, unknown> & { layers: Record<string, unknown>[] };

/** The message for ALL-CNN with a change. */
function fault(change: (spec: Loose) => void): string {
  const spec: Loose = structuredClone(JSON.parse(JSON.stringify(allCnn())));
  change(spec);
  return message(spec);
}

function message(json: unknown): string {
  try {
    parseSpec(json);
  } catch (error) {
    if (error instanceof SpecError) return error.message;
    throw error;
  }
  return 'no fault';
}

describe('parseSpec', () => {
  it.each([allCnn(), allCnn({ head: 'dense', classes: 100 }), nin(), resnet(), resnet({ depth: 101 })])(
    'accepts $name unchanged, and returns a copy',
    (spec) => {
      expect(parseSpec(spec)).toEqual(spec);
      expect(parseSpec(spec)).not.toBe(spec);
    },
  );

  it('names the path, the rule and the value of a fault', () => {
    expect(fault(({ layers }) => Object.assign(layers[3]!, { channels: '96' }))).toBe(
      'parseSpec: layers[3].channels must be a positive integer, got "96".',
    );
    expect([
      fault(({ layers }) => Object.assign(layers[3]!, { channels: 1.5 })),
      fault(({ layers }) => Object.assign(layers[3]!, { channels: 2 ** 31 + 0.5 })),
      fault(({ layers }) => Object.assign(layers[3]!, { stride: 0 })),
      fault(({ layers }) => Object.assign(layers[3]!, { padding: 'VALID' })),
      fault(({ layers }) => Object.assign(layers[3]!, { bias: 0 })),
      fault(({ layers }) => Object.assign(layers[3]!, { name: 'a//b' })),
      fault(({ layers }) => Object.assign(layers[4]!, { epsilon: -1 })),
      fault(({ layers }) => Object.assign(layers[4]!, { decay: 1.1 })),
      fault(({ layers }) => Object.assign(layers[5]!, { kind: 'swish' })),
      fault(({ layers }) => layers.splice(5, 1, { type: 'dropout', name: 'drop', dropRate: 1 })),
      fault((spec) => Object.assign(spec, { input: [24, 24] })),
      fault((spec) => Object.assign(spec, { input: [24, 24, 0] })),
      fault((spec) => Object.assign(spec, { layers: {} })),
      fault((spec) => Object.assign(spec, { layers: [] })),
      fault((spec) => Object.assign(spec, { name: '' })),
      fault((spec) => Object.assign(spec.layers, { 3: [] })),
      fault((spec) => Object.assign(spec.layers, { 3: 'types' })),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: layers[3].channels must be a positive integer, got 1.5.",
        "parseSpec: layers[3].channels must be a positive integer, got 2147483648.5.",
        "parseSpec: layers[3].stride must be a positive integer, got 0.",
        "parseSpec: layers[3].padding must be one of "same", "valid", got "VALID" (did you mean "valid"?).",
        "parseSpec: layers[3].bias must be true or false, got 0.",
        "parseSpec: layers[3].name must be a name: letters, digits, "_", "." and "-", in parts joined by "/", got "a//b".",
        "parseSpec: layers[4].epsilon must be a number ≥ 0, got -1.",
        "parseSpec: layers[4].decay must be in [0, 1], got 1.1.",
        "parseSpec: layers[5].kind must be one of "relu", "prelu", "tanh", "leaky-relu", "elu", "gelu", "gelu-tanh", "silu", got "swish".",
        "parseSpec: layers[5].dropRate must be in [0, 1), got 1.",
        "parseSpec: input must be [height, width, channels], got [24,24].",
        "parseSpec: input[2] must be a positive integer, got 0.",
        "parseSpec: layers must be an array of layers, got {}.",
        "parseSpec: layers must hold at least one layer, got [].",
        "parseSpec: name must not be empty, got "".",
        "parseSpec: layers[3] must be a layer, an object with "type" and "name", got [].",
        "parseSpec: layers[3] must be a layer, an object with "type" and "name", got "types".",
      ]
    `);
  });

  it('says what is missing, and names the nearest key for an unknown one', () => {
    expect([
      fault(({ layers }) => delete layers[3]!.channels),
      fault(({ layers }) => Object.assign(layers[3]!, { filters: 3 })),
      fault(({ layers }) => Object.assign(layers[3]!, { strides: 3 })),
      fault((spec) => Object.assign(spec, { clases: 3 })),
      fault((spec) => Object.assign(spec, { '': 3 })),
      fault((spec) => Object.assign(spec, { 'a.b': 3 })),
      fault(({ layers }) => Object.assign(layers[3]!, { 'number of channels': 3 })),
      message(JSON.parse(JSON.stringify(allCnn()).replace('{', '{ "__proto__": 3,'))),
      fault(({ layers }) => delete layers[3]!.type),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: layers[3].channels must be a positive integer, but is missing.",
        "parseSpec: layers[3].filters must be left out, as a conv layer has no such key (valid names: type, name, channels, kernel, stride, padding, bias, weights).",
        "parseSpec: layers[3].strides must be left out, as a conv layer has no such key (did you mean "stride"?).",
        "parseSpec: clases must be left out, as a spec has no such key (did you mean "classes"?).",
        "parseSpec: [""] must be left out, as a spec has no such key (valid names: name, input, classes, layers).",
        "parseSpec: ["a.b"] must be left out, as a spec has no such key (valid names: name, input, classes, layers).",
        "parseSpec: layers[3]["number of channels"] must be left out, as a conv layer has no such key (valid names: type, name, channels, kernel, stride, padding, bias, weights).",
        "parseSpec: __proto__ must be left out, as a spec has no such key (valid names: name, input, classes, layers).",
        "parseSpec: layers[3].type must be the type of a layer, but is missing.",
      ]
    `);
  });

  it('names the types that are near an unknown one', () => {
    expect([
      fault(({ layers }) => Object.assign(layers[3]!, { type: 'convolution' })),
      fault(({ layers }) => Object.assign(layers[3]!, { type: 'residuals' })),
      fault(({ layers }) => Object.assign(layers[3]!, { type: 'toString' })),
      fault(({ layers }) => Object.assign(layers[3]!, { type: 4 })),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: layers[3].type must be the type of a layer, got "convolution" (valid names: conv, norm, affine, activation, pool, dropout, globalPool, dense, residual).",
        "parseSpec: layers[3].type must be the type of a layer, got "residuals" (did you mean "residual"?).",
        "parseSpec: layers[3].type must be the type of a layer, got "toString" (valid names: conv, norm, affine, activation, pool, dropout, globalPool, dense, residual).",
        "parseSpec: layers[3].type must be the type of a layer, got 4.",
      ]
    `);
  });

  it('reports every fault: the first in full, the others in the hint, each in the cause', () => {
    const spec = JSON.parse(JSON.stringify(resnet()));
    spec.layers[3].layers[0].kernel = '1';
    spec.layers[5].layers[0].gain = 'yes';
    spec.classes = -1;
    const error = caught(spec);
    expect(error.message).toMatchInlineSnapshot(
      `"parseSpec: classes must be a positive integer, got -1 (also: layers[3].layers[0].kernel must be a positive integer, got "1"; layers[5].layers[0].gain must be true or false, got "yes")."`,
    );
    expect(error.complaint.what).toBe('classes');
    expect(causes(error)).toEqual(['classes', 'layers[3].layers[0].kernel', 'layers[5].layers[0].gain']);
  });

  it('of a hundred faults the message shows four and the number of the others, the cause all', () => {
    const spec = JSON.parse(JSON.stringify(allCnn()));
    spec.layers = Array.from({ length: 100 }, () => ({ type: 'convolution' }));
    const error = caught(spec);
    expect(error.message.length).toBeLessThan(80 * 23);
    expect(error.complaint.hint).toMatch(/layers\[3\]\.type .*; and 96 more$/);
    expect(causes(error)).toHaveLength(100);
  });

  it('keeps the hint of the first fault beside the other faults', () => {
    const spec = JSON.parse(JSON.stringify(allCnn()));
    spec.layers[3].type = 'residuals';
    spec.layers[4].gain = 1;
    expect(message(spec)).toBe(
      'parseSpec: layers[3].type must be the type of a layer, got "residuals" (did you mean "residual"?; also: layers[4].gain must be true or false, got 1).',
    );
  });

  it('refuses values that are not specs', () => {
    expect([
      message('{}'),
      message(null),
      message(3),
      message([]),
      message(undefined),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: spec must be an object, got "{}" (give JSON.parse of the text).",
        "parseSpec: spec must be an object, got null.",
        "parseSpec: spec must be an object, got 3.",
        "parseSpec: spec must be an object, got [].",
        "parseSpec: spec must be an object, but is missing.",
      ]
    `);
  });

  it('refuses sizes that do not fit into any memory, each with its place', () => {
    const wide: LayerSpec = {
      type: 'conv',
      name: 'c',
      channels: 96,
      kernel: 1,
      stride: 1,
      padding: 'same',
      bias: false,
    };
    const pool: LayerSpec = { type: 'pool', name: 'p', kind: 'max', size: 9, stride: 1, padding: 'ceil' };
    const leap: LayerSpec = { type: 'residual', name: 'r', layers: [{ ...wide, stride: 2 ** 20 }] };
    const twice: LayerSpec = { type: 'residual', name: 'r', layers: [leap] };
    expect([
      fault(({ layers }) => Object.assign(layers[3]!, { channels: 2 ** 31 })),
      fault(({ layers }) => Object.assign(layers[24]!, { channels: 2 ** 20 })),
      fault(({ layers }) => Object.assign(layers[3]!, { kernel: 2 ** 20 })),
      fault(({ layers }) => layers.splice(3, 0, { ...pool, size: 2 ** 20 })),
      fault(({ layers }) => layers.splice(3, 0, leap)),
      fault(({ layers }) =>
        layers.splice(
          -1,
          1,
          { type: 'globalPool', name: 'g' },
          { type: 'dense', name: 'd', units: 2 ** 30, bias: true },
        ),
      ),
      fault(({ layers }) => layers.splice(-1, 1, { ...wide, channels: 2 ** 30 + 1, bias: true })),
      fault((spec) => Object.assign(spec, { input: [2 ** 16, 2 ** 16, 2 ** 16] })).slice(0, 120),
      fault(({ layers }) => layers.splice(3, 0, twice)).slice(0, 120),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: layers[3].channels must be at most 2147483647, got 2147483648.",
        "parseSpec: layers[24] must be small enough that its kernel holds at most 1073741824 numbers, got 1811939328 (also: layers must end in logits of shape [10], one for each of the classes, got [1048576]).",
        "parseSpec: layers[3] must be small enough that its kernel holds at most 1073741824 numbers, got 10133099161583616 (also: layers[3] must be small enough that its padded input holds at most 1073741824 numbers, got 105557746828896).",
        "parseSpec: layers[3] must be small enough that its padded input holds at most 1073741824 numbers, got 105553116266496.",
        "parseSpec: layers[3] must be small enough that its padded input holds at most 1073741824 numbers, got 105553116266496.",
        "parseSpec: layers[28] must be small enough that its kernel holds at most 1073741824 numbers, got 10737418240 (also: layers must end in logits of shape [10], one for each of the classes, got [1073741824]).",
        "parseSpec: layers[27] must be small enough that its output holds at most 1073741824 numbers, got 38654705700 (also: layers[27] must be small enough that its kernel holds at most 1073741824 numbers, got 10737418250; layers must end in logits of shape [10], one for each of the classes, got [6,6,1073741825]).",
        "parseSpec: input must hold at most 1073741824 numbers, got [65536,65536,65536] (also: layers[0] must be small enough tha",
        "parseSpec: layers[3].layers[0] must be small enough that its padded input holds at most 1073741824 numbers, got 10555311",
      ]
    `);
  });

  it('accepts tensors of exactly the largest size: the input, an output, and a kernel', () => {
    const conv = { type: 'conv', name: 'c', kernel: 1, stride: 1, padding: 'same', bias: false } as const;
    const pool = { type: 'globalPool', name: 'g' } as const;
    const image = [2 ** 15, 2 ** 15, 1] as const;
    const largest: ModelSpec[] = [
      { name: 'image', input: image, classes: 1, layers: [{ ...conv, channels: 1 }, pool] },
      {
        name: 'kernel',
        input: [1, 1, 2 ** 15],
        classes: 2 ** 15,
        layers: [{ ...conv, channels: 2 ** 15 }, pool],
      },
    ];
    for (const spec of largest) expect(parseSpec(spec)).toEqual(spec);
    const larger = { name: 'larger', input: [2 ** 15, 2 ** 15 + 1, 1], classes: 1, layers: [pool] };
    expect(message(larger)).toBe(
      'parseSpec: input must hold at most 1073741824 numbers, got [32768,32769,1].',
    );
  });

  it('counts the padding of a residual only where it has no shortcut of its own', () => {
    const conv = { type: 'conv', name: 'c', channels: 1, kernel: 1, stride: 3, padding: 'same', bias: false };
    const of = (shortcut: object) => ({
      name: 'thirds',
      // 2³⁰ − 2¹⁵ numbers; in blocks of 3×3, with two more rows and one more column, 32769² numbers, more than 2³⁰.
      input: [2 ** 15 - 1, 2 ** 15, 1],
      classes: 1,
      layers: [
        { type: 'residual', name: 'r', layers: [conv], ...shortcut },
        { type: 'globalPool', name: 'g' },
      ],
    });
    expect(message(of({ shortcut: [{ ...conv, name: 's' }] }))).toBe('no fault');
    expect(message(of({}))).toBe(
      'parseSpec: layers[0] must be small enough that its padded input holds at most 1073741824 numbers, got 1073807361.',
    );
  });

  it('refuses endlessly nested layers', () => {
    const nested = (depth: number): object => {
      let layers: object[] = JSON.parse(JSON.stringify([{ type: 'affine', name: 'a' }]));
      for (let level = 0; level < depth; level++) layers = [{ type: 'residual', name: 'r', layers }];
      const head = [{ type: 'globalPool', name: 'g' }];
      return { name: 'deep', input: [2, 2, 3], classes: 3, layers: [...layers, ...head] };
    };
    const cyclic: { name: string; layers: object[] } = { name: 'cyclic', layers: [] };
    cyclic.layers.push(cyclic);
    expect([nested(100), nested(101), nested(2000), cyclic].map(message)).toMatchInlineSnapshot(`
      [
        "no fault",
        "parseSpec: spec must nest at most 100 layers inside one another.",
        "parseSpec: spec must nest at most 100 layers inside one another.",
        "parseSpec: spec must nest at most 100 layers inside one another.",
      ]
    `);
  });

  it('says which layers do not fit together', () => {
    const conv: LayerSpec = {
      type: 'conv',
      name: 'c',
      channels: 8,
      kernel: 3,
      stride: 1,
      padding: 'valid',
      bias: true,
    };
    const shrinking: LayerSpec = { type: 'residual', name: 'r', layers: [conv] };
    const halving: LayerSpec = {
      type: 'residual',
      name: 'r',
      layers: [{ type: 'pool', name: 'p', kind: 'max', size: 2, stride: 2, padding: 'valid' }],
    };
    const narrowing: LayerSpec = { type: 'residual', name: 'r', layers: [{ ...conv, padding: 'same' }] };
    expect([
      fault(({ layers }) => Object.assign(layers[3]!, { name: 'conv1' })),
      fault(({ layers }) => layers.pop()),
      fault((spec) => Object.assign(spec, { classes: 11 })),
      fault((spec) => {
        Object.assign(spec, { input: [40, 40, 3] });
        spec.layers.pop();
      }),
      fault(({ layers }) => layers.splice(0, 0, { ...conv, kernel: 25 })),
      fault((spec) => {
        Object.assign(spec, { input: [24, 20, 3] });
        spec.layers.splice(0, 0, { ...conv, kernel: 21 });
      }),
      fault(({ layers }) => layers.splice(0, 0, { ...conv, kernel: 24 })),
      fault(({ layers }) =>
        layers.splice(0, 0, { type: 'pool', name: 'p', kind: 'max', size: 25, stride: 1, padding: 'valid' }),
      ),
      fault(({ layers }) => layers.splice(3, 0, { type: 'dense', name: 'd', units: 3, bias: true })),
      fault(({ layers }) => layers.splice(3, 0, { type: 'globalPool', name: 'p' })),
      fault(({ layers }) => layers.splice(3, 0, shrinking)),
      fault(({ layers }) => layers.splice(3, 0, narrowing)),
      ...[
        [25, 24, 3],
        [24, 25, 3],
      ].map((input) =>
        fault((spec) => {
          Object.assign(spec, { input });
          spec.layers.splice(3, 0, halving);
        }),
      ),
      fault(({ layers }) => layers.push({ ...conv })),
    ]).toMatchInlineSnapshot(`
      [
        "parseSpec: layers[3].name must differ from that of layers[0], got "conv1".",
        "parseSpec: layers must end in logits of shape [10], one for each of the classes, got [6,6,10].",
        "parseSpec: layers must end in logits of shape [11], one for each of the classes, got [10].",
        "parseSpec: layers must end in logits of shape [10], one for each of the classes, got [10,10,10].",
        "parseSpec: layers[0].kernel must be at most 24, since its input image is 24×24, got 25.",
        "parseSpec: layers[0].kernel must be at most 20, since its input image is 24×20, got 21.",
        "no fault",
        "parseSpec: layers[0].size must be at most 24, since its input image is 24×24, got 25.",
        "parseSpec: layers[3] must follow the global pool, as a dense layer takes features [C], got [24,24,96] (also: layers[4] must follow a layer whose output is an image [H, W, C], the input of a conv layer, got [3]).",
        "parseSpec: layers[4] must follow a layer whose output is an image [H, W, C], the input of a conv layer, got [96].",
        "parseSpec: layers[3].layers must give images of 24×24, like the shortcut, with at least 96 channels, got [22,22,8].",
        "parseSpec: layers[3].layers must give images of 24×24, like the shortcut, with at least 96 channels, got [24,24,8].",
        "parseSpec: layers[3].layers must give images of 13×12, like the shortcut, with at least 96 channels, got [12,12,96].",
        "parseSpec: layers[3].layers must give images of 12×13, like the shortcut, with at least 96 channels, got [12,12,96].",
        "parseSpec: layers[28] must follow a layer whose output is an image [H, W, C], the input of a conv layer, got [10] (also: layers[28].kernel must be at most 1, since its input image is 1×1, got 3; layers must end in logits of shape [10], one for each of the classes, got [1,1,8]).",
      ]
    `);
  });

  it('names layers by path: the same name in two residuals is allowed, twice in one residual it is not', () => {
    const spec = resnet();
    expect(spec.layers[3]).toMatchObject({
      name: 'stage1/block1',
      layers: [{ name: 'conv1' }, {}, {}, {}, {}, {}, {}],
    });
    const twice = JSON.parse(JSON.stringify(spec));
    twice.layers[3].layers[3].name = 'conv1';
    expect(message(twice)).toBe(
      'parseSpec: layers[3].layers[3].name must differ from that of layers[3].layers[0], got "stage1/block1/conv1".',
    );
  });
});

function caught(json: unknown): SpecError {
  try {
    parseSpec(json);
  } catch (error) {
    if (error instanceof SpecError) return error;
  }
  throw new Error('no SpecError');
}

function causes({ cause }: SpecError): string[] {
  if (!(cause instanceof AggregateError)) throw new Error('no AggregateError');
  return cause.errors.map((each) => (each instanceof SpecError ? each.complaint.what : 'no SpecError'));
}
