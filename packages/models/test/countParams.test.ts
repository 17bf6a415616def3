import {
  allCnn,
  buildModel,
  countParams,
  nin,
  type Placement,
  resnet,
  type Variables,
} from '@normlab/models';
import { withBackend } from '@normlab/testing';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

// The paper's Table 4. Its caption names CIFAR-100; the numbers are those of 10-way heads.
const table4: readonly { depth: number; norm: Placement; trainable: number; megabytes: string }[] = [
  { depth: 29, norm: 'none', trainable: 4_222_666, megabytes: '16.11' },
  { depth: 29, norm: 'bn', trainable: 4_238_922, megabytes: '16.17' },
  { depth: 29, norm: 'cbn-lconv-bn', trainable: 4_224_714, megabytes: '16.12' },
  { depth: 101, norm: 'none', trainable: 39_638_730, megabytes: '151.21' },
  { depth: 101, norm: 'bn', trainable: 39_736_394, megabytes: '151.58' },
  { depth: 101, norm: 'cbn-lconv-bn', trainable: 39_642_826, megabytes: '151.23' },
];

withBackend('cpu');

describe.each(['pre-activation', 'post-activation'] as const)('Table 4, %s', (block) => {
  it.each(table4)('ResNet-$depth $norm has $trainable', ({ depth, norm, trainable, megabytes }) => {
    const counts = countParams(resnet({ depth, norm, block }));
    expect(counts.trainable).toBe(trainable);
    expect((counts.bytes / 2 ** 20).toFixed(2)).toBe(megabytes);
  });
});

describe('the network has as many values as were counted', () => {
  // ResNet-101 at a quarter of its width: drawing its forty million normal numbers takes seconds.
  it.each(table4)('ResNet-$depth $norm', ({ depth, norm }) => {
    const spec = resnet({ depth, norm, width: depth === 101 ? 1 / 4 : 1 });
    const { params, stats } = buildModel(spec).init(0);
    expect(sizeOf(params)).toBe(countParams(spec).trainable);
    expect(sizeOf(stats)).toBe(countParams(spec).statistics);
    tf.dispose([params, stats]);
  });
});

describe('countParams', () => {
  it('equals ALL-CNN’s count by hand', () => {
    const kernels = 9 * (3 * 96 + 96 * 96 + 96 * 96 + 96 * 192 + 4 * 192 * 192 + 192 * 10);
    const channels = 3 * 96 + 5 * 192 + 10;
    const with10 = (norm: Placement) => countParams(allCnn({ norm }));
    expect(with10('none')).toEqual({ trainable: kernels, statistics: 0, bytes: 4 * kernels });
    expect(with10('bn')).toMatchObject({ trainable: kernels + 2 * channels, statistics: 2 * channels });
    expect(with10('cbn-all')).toMatchObject({ trainable: kernels, statistics: 2 * channels });
    expect(with10('cbn-lconv-bn')).toMatchObject({ trainable: kernels + 20, statistics: 2 * channels });
    expect(with10('cbn-lconv-nobn')).toMatchObject({ trainable: kernels, statistics: 2 * (channels - 10) });
    expect(with10('gain-only')).toMatchObject({ trainable: kernels + channels, statistics: 2 * channels });
    const with100 = 9 * 192 * 90;
    expect(countParams(allCnn({ norm: 'none', classes: 100 })).trainable).toBe(kernels + with100);
    expect(countParams(allCnn({ norm: 'none', classes: 100, head: 'dense' })).trainable).toBe(kernels + 1100);
    expect(countParams(allCnn({ norm: 'none', convBias: true })).trainable).toBe(kernels + channels);
    expect(countParams(allCnn({ norm: 'none', activation: 'prelu' })).trainable).toBe(kernels + channels);
  });

  it('equals NIN’s count by hand', () => {
    const pointwise = 192 * 160 + 160 * 96 + 192 * 192 * 2 + 192 * 192 + 192 * 10;
    const kernels = 25 * 3 * 192 + 25 * 96 * 192 + 9 * 192 * 192 + pointwise;
    expect(countParams(nin({ norm: 'none' })).trainable).toBe(kernels);
  });
});

function sizeOf(variables: Variables): number {
  return Object.values(variables).reduce((sum, { size }) => sum + size, 0);
}
