import { allCnn, buildModel, keptForGradient, type ModelSpec, nin, parseSpec, resnet } from '@normlab/models';
import { withBackend } from '@normlab/testing';
import { dispose, grads, memory, type Rank, sum, type Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

const total = (spec: ModelSpec) => keptForGradient(spec).reduce((whole, numbers) => whole + numbers, 0);

describe('keptForGradient', () => {
  withBackend('wasm, one thread');

  it('counts the input of each convolution and dense layer, and of each norm before a ReLU, once', () => {
    const norm = { type: 'norm', epsilon: 1e-5, decay: 0.9, gain: false, bias: false };
    const conv = { type: 'conv', kernel: 3, stride: 1, padding: 'same', bias: false };
    const relu = { type: 'activation', kind: 'relu' };
    const spec = parseSpec({
      name: 'small',
      input: [4, 4, 3],
      classes: 10,
      layers: [
        { ...conv, name: 'a', channels: 5 },
        { ...norm, name: 'n' },
        { ...relu, name: 'r' },
        { ...conv, name: 'b', channels: 7, stride: 2 },
        { ...norm, name: 'm' },
        { type: 'globalPool', name: 'g' },
        { type: 'dense', name: 'd', units: 10, bias: true },
      ],
    });
    // The images; what a gives, for n; what r gives, for b; the means, for d. What b gives is not counted: m has no ReLU.
    expect(keptForGradient(spec)).toEqual([4 * 4 * 3, 4 * 4 * 5, 4 * 4 * 5, 7]);
  });

  it('counts a tensor once if only layers that may return it lie between two that keep it', () => {
    const norm = { type: 'norm', epsilon: 1e-5, decay: 0.9, gain: false, bias: false };
    const conv = { type: 'conv', kernel: 3, stride: 1, padding: 'same', bias: false };
    const spec = parseSpec({
      name: 'small',
      input: [4, 4, 3],
      classes: 10,
      layers: [
        { ...conv, name: 'a', channels: 5 },
        { ...norm, name: 'n' },
        { type: 'activation', name: 't', kind: 'tanh' },
        {
          type: 'residual',
          name: 'r',
          shortcut: [{ ...conv, name: 's', channels: 7 }],
          layers: [
            { type: 'activation', name: 'x', kind: 'relu' },
            { ...conv, name: 'b', channels: 7 },
            { ...norm, name: 'm' },
          ],
        },
        { type: 'dropout', name: 'o', dropRate: 0.5 },
        { type: 'activation', name: 'y', kind: 'relu' },
        { type: 'globalPool', name: 'g' },
        { type: 'dense', name: 'd', units: 10, bias: true },
      ],
    });
    // The images; what n gives, for s and, through x, for b; the means, for d. No norm is followed by a ReLU.
    expect(keptForGradient(spec)).toEqual([4 * 4 * 3, 4 * 4 * 5, 7]);
  });

  it.each([
    ['all-cnn', allCnn({ width: 0.1 })],
    ['all-cnn without norms', allCnn({ width: 0.1, norm: 'none' })],
    ['all-cnn, dense head', allCnn({ width: 0.1, head: 'dense', normKind: 'layer' })],
    ['nin', nin({ width: 0.1 })],
    ['resnet', resnet({ depth: 29, width: 0.1 })],
  ])('is no more than what is in memory when the loss is known, and a good part of it: %s', (_, spec) => {
    const batch = 2;
    const model = buildModel(spec);
    const { params, stats } = model.init(1);
    const x = zeros<Rank.R4>([batch, ...spec.input] as [number, number, number, number]);
    let bytes = 0;
    tidy(() => {
      const before = memory().numBytes;
      const names = Object.keys(params);
      grads((...tensors: Tensor[]) => {
        const given = Object.fromEntries(names.map((name, index) => [name, tensors[index]!]));
        const loss = sum(tidy(() => model.applyTrain(given, stats, x, { seed: 1 }).logits));
        bytes = memory().numBytes - before;
        return loss;
      })(Object.values(params));
    });
    dispose([params, stats]);
    x.dispose();
    const estimate = 4 * batch * total(spec);
    // The images are in memory in any case, before the step.
    const held = bytes + 4 * batch * spec.input.reduce((product, length) => product * length);
    expect(estimate).toBeLessThanOrEqual(held);
    expect(estimate).toBeGreaterThan(held / 4);
  });
});
