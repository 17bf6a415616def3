import {
  allCnn,
  countParams,
  network,
  networkNames,
  nin,
  placements,
  resnet,
  summarize,
} from '@normlab/models';
import { describe, expect, it } from 'vitest';

describe('summarize', () => {
  it('equals ALL-CNN’s Table 1, with the multiplications of each convolution', () => {
    const rows = summarize(allCnn({ norm: 'cbn-all' })).filter(({ parameters }) => parameters > 0);
    expect(rows.map(({ layer, output, macs }) => [layer, output.join('×'), macs])).toEqual([
      ['conv1', '24×24×96', 24 * 24 * 9 * 3 * 96],
      ['conv2', '24×24×96', 24 * 24 * 9 * 96 * 96],
      ['conv3', '12×12×96', 12 * 12 * 9 * 96 * 96],
      ['conv4', '12×12×192', 12 * 12 * 9 * 96 * 192],
      ['conv5', '12×12×192', 12 * 12 * 9 * 192 * 192],
      ['conv6', '6×6×192', 6 * 6 * 9 * 192 * 192],
      ['conv7', '6×6×192', 6 * 6 * 9 * 192 * 192],
      ['conv8', '6×6×192', 6 * 6 * 9 * 192 * 192],
      ['conv9', '6×6×10', 6 * 6 * 9 * 192 * 10],
    ]);
  });

  it('counts the products of a dense layer: features times units', () => {
    expect(summarize(allCnn({ head: 'dense', classes: 100 })).at(-1)).toEqual({
      layer: 'dense',
      type: 'dense',
      output: [100],
      parameters: 10 * 100 + 100,
      macs: 10 * 100,
    });
  });

  it('has NIN’s pools at 16 and 8, and their names', () => {
    const rows = summarize(nin()).filter(({ type }) => type.toLowerCase().includes('pool'));
    expect(rows.map(({ layer, output }) => [layer, output])).toEqual([
      ['pool1', [16, 16, 96]],
      ['pool2', [8, 8, 192]],
      ['pool', [10]],
    ]);
  });

  it('has a row for each layer of a block and one for its sum', () => {
    const rows = summarize(resnet()).filter(({ layer }) => layer.startsWith('stage2/block1'));
    expect(rows).toMatchInlineSnapshot(`
      [
        {
          "layer": "stage2/block1/norm0",
          "macs": 0,
          "output": [
            32,
            32,
            256,
          ],
          "parameters": 512,
          "type": "norm",
        },
        {
          "layer": "stage2/block1/act0",
          "macs": 0,
          "output": [
            32,
            32,
            256,
          ],
          "parameters": 0,
          "type": "activation",
        },
        {
          "layer": "stage2/block1/conv1",
          "macs": 33554432,
          "output": [
            32,
            32,
            128,
          ],
          "parameters": 32768,
          "type": "conv",
        },
        {
          "layer": "stage2/block1/norm1",
          "macs": 0,
          "output": [
            32,
            32,
            128,
          ],
          "parameters": 256,
          "type": "norm",
        },
        {
          "layer": "stage2/block1/act1",
          "macs": 0,
          "output": [
            32,
            32,
            128,
          ],
          "parameters": 0,
          "type": "activation",
        },
        {
          "layer": "stage2/block1/conv2",
          "macs": 37748736,
          "output": [
            16,
            16,
            128,
          ],
          "parameters": 147456,
          "type": "conv",
        },
        {
          "layer": "stage2/block1/norm2",
          "macs": 0,
          "output": [
            16,
            16,
            128,
          ],
          "parameters": 256,
          "type": "norm",
        },
        {
          "layer": "stage2/block1/act2",
          "macs": 0,
          "output": [
            16,
            16,
            128,
          ],
          "parameters": 0,
          "type": "activation",
        },
        {
          "layer": "stage2/block1/conv3",
          "macs": 16777216,
          "output": [
            16,
            16,
            512,
          ],
          "parameters": 65536,
          "type": "conv",
        },
        {
          "layer": "stage2/block1",
          "macs": 0,
          "output": [
            16,
            16,
            512,
          ],
          "parameters": 0,
          "type": "residual",
        },
      ]
    `);
  });

  it.each(networkNames)('Σ parameters of %s = countParams', (name) => {
    for (const norm of placements) {
      const spec = network(name, { norm });
      const sum = summarize(spec).reduce((total, { parameters }) => total + parameters, 0);
      expect(sum).toBe(countParams(spec).trainable);
    }
  });
});
