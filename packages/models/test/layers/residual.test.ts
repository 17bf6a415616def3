import { inSoftware, onBackends } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { plainShortcut } from '../../src/layers/residual.js';
import * as ops from '../../src/tensorFunctions.js';

onBackends('residual', inSoftware, () => {
  it('the shortcut averages s×s blocks and appends zero channels', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const y = plainShortcut(ops, x, 2, 2);
    expect(y.shape).toEqual([1, 2, 2, 2]);
    expect([...y.dataSync()]).toEqual([3, 0, 4.5, 0, 7.5, 0, 9, 0]);
    expect(plainShortcut(ops, x, 1, 1)).toBe(x);
    tf.dispose([x, y]);
  });
});
