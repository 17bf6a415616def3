import { OptionError } from '@normlab/errors';
import {
  arrayOf,
  complaintOf,
  expectWithin,
  gamma,
  leaked,
  twins,
  vectorOf,
  worstExcess,
} from '@normlab/testing';
import '@tensorflow/tfjs-backend-cpu';
import { scalar } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { isOptional } from '../src/unavailable.js';

describe('judges can fail', () => {
  it('worstExcess: the worst ratio; infinite for NaN, for another length, and for a difference where none is allowed', () => {
    expect(worstExcess([1, 2], [1, 2.5], () => 0.25)).toBe(2);
    expect(worstExcess([1, Number.NaN], [1, 1], () => 1)).toBe(Infinity);
    expect(worstExcess([1], [1, 1], () => 1)).toBe(Infinity);
    expect(worstExcess([1], [2], () => 0)).toBe(Infinity);
    expect(worstExcess([1], [1], () => 0)).toBe(0);
  });

  it('expectWithin refuses what is beyond its own bound, NaN, and another length', () => {
    const bounds = vectorOf([0.5, 0.1]);
    expectWithin([1.5, 2], vectorOf([1, 2]), bounds);
    expect(() => expectWithin([1, 2.2], vectorOf([1, 2]), bounds)).toThrow();
    expect(() => expectWithin([1, Number.NaN], vectorOf([1, 2]), bounds)).toThrow();
    expect(() => expectWithin([1], vectorOf([1, 2]), bounds)).toThrow();
  });

  it('complaintOf refuses a call that throws nothing, another error, or leaves a tensor', () => {
    const fault = () => {
      throw new OptionError({ where: 'f', what: 'a', rule: 'be b' });
    };
    expect(complaintOf(fault)).toBe('OptionError: f: a must be b.');
    expect(() => complaintOf(() => {})).toThrow('nothing was thrown');
    expect(() => complaintOf(() => Reflect.get(null as never, 'key'))).toThrow(TypeError);
    expect(() =>
      complaintOf(() => {
        scalar(1);
        fault();
      }),
    ).toThrow();
  });

  it('leaked counts what is left beside the result', () => {
    expect(leaked(() => scalar(1))).toBe(0);
    expect(leaked(() => [scalar(1), scalar(2)][1]!)).toBe(1);
  });
});

describe('references', () => {
  it('arrayOf gives coordinates in order, the last axis innermost', () => {
    const seen: string[] = [];
    arrayOf([2, 3], (at, place) => seen.push(`${place}: ${at}`));
    expect(seen).toEqual(['0: 0,0', '1: 0,1', '2: 0,2', '3: 1,0', '4: 1,1', '5: 1,2']);
  });

  it('γ_n = n·u/(1 − n·u) of Higham, u = 2⁻²⁴', () => {
    expect(gamma(1)).toBeCloseTo(2 ** -24, 12);
    expect(gamma(2 ** 20)).toBeCloseTo(2 ** -4 / (1 - 2 ** -4), 12);
  });

  it('standardize, by hand: [1, 3] has mean 2 and variance 1', () => {
    const x = { shape: [2, 1], values: Float64Array.of(1, 3) };
    const { y } = twins.standardize(x, [0], 3);
    expect([...y.values]).toEqual([-0.5, 0.5]);
  });
});

it('only TensorFlow may be missing on Linux x64', () => {
  expect(isOptional('cpu')).toBe(false);
  expect(isOptional('wasm')).toBe(false);
  expect(isOptional('tensorflow')).toBe(true);
  expect(isOptional('webgpu')).toBe(!(process.platform === 'linux' && process.arch === 'x64'));
});
