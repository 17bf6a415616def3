import { modelSpecJsonSchema, network, networkNames, parseSpec, placements } from '@normlab/models';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';

const validate = new Ajv2020({ allErrors: true }).compile(modelSpecJsonSchema());

describe('modelSpecJsonSchema', () => {
  it.each(networkNames)('accepts %s under every placement', (name) => {
    for (const norm of placements) {
      expect(validate(JSON.parse(JSON.stringify(network(name, { norm })))), norm).toBe(true);
    }
  });

  it('describes layers and keys, none by an empty text', () => {
    const texts: unknown[] = [];
    JSON.stringify(modelSpecJsonSchema(), (key, value) => {
      if (key === 'description') texts.push(value);
      return value;
    });
    expect(texts).toEqual(expect.arrayContaining(['Convolution', 'Output channels']));
    expect(texts).not.toContain('');
  });

  it('refuses the parts that parseSpec refuses', () => {
    const spec = () => JSON.parse(JSON.stringify(network('resnet-29')));
    const faults: ((spec: ReturnType<typeof JSON.parse>) => void)[] = [
      (each) => delete each.input,
      (each) => each.input.pop(),
      (each) => Object.assign(each, { extra: 1 }),
      (each) => Object.assign(each, { layers: [] }),
      (each) => Object.assign(each.layers[0], { channels: '96' }),
      (each) => Object.assign(each.layers[0], { name: '/a' }),
      (each) => Object.assign(each.layers[0], { type: 'covn' }),
      (each) => Object.assign(each.layers[3].layers[0], { stride: 0 }),
      (each) => delete each.layers[3].layers[0].bias,
    ];
    for (const fault of faults) {
      const broken = spec();
      fault(broken);
      expect(validate(broken), String(fault)).toBe(false);
      expect(() => parseSpec(broken), String(fault)).toThrow('parseSpec: ');
    }
  });
});
