import { describe, expect, it } from 'vitest';
import { hasPapersLayers, paperAccuracy } from '../src/index.js';
import { hasPapersKinds } from '../src/paperResults.js';

describe('paperAccuracy', () => {
  // From the paper's Tables 2 and 3.
  it.each([
    ['all-cnn', 'cifar10', 'cbn-all', undefined, 0.902],
    ['nin', 'cifar100', 'cbn-lconv-bn', 'relu', 0.66],
    ['resnet-29', 'cifar10', 'none', undefined, 0.9145],
    ['all-cnn', 'cifar10', 'bn', 'prelu', 0.904],
    ['all-cnn', 'cifar10', 'cbn-lconv-nobn', 'tanh', 0.7731],
    // Rows that they do not have.
    ['all-cnn', 'cifar10', 'none', undefined, null],
    ['all-cnn', 'mnist', 'bn', undefined, null],
    ['lenet', 'cifar10', 'bn', undefined, null],
    ['all-cnn', 'cifar100', 'bn', 'tanh', null],
    ['nin', 'cifar10', 'bn', 'tanh', null],
    ['all-cnn', 'cifar10', 'bn', 'elu', null],
    ['all-cnn', 'cifar10', 'cbn-all', 'tanh', null],
  ] as const)('of %s on %s with %s and %s is %s', (model, dataset, norm, activation, accuracy) => {
    const given = { model, dataset, norm, ...(activation !== undefined && { activation }) };
    expect(paperAccuracy(given)).toBe(accuracy);
  });
});

describe('hasPapersLayers', () => {
  it('needs the paper’s kinds of layers, which are also the defaults', () => {
    expect(hasPapersLayers({})).toBe(true);
    const defaults = { normKind: 'batch', convWeights: 'plain', head: 'conv' };
    const ofResNets = { block: 'pre-activation', shortcut: 'parameter-free', convBias: false };
    expect(hasPapersLayers({ ...defaults, ...ofResNets, l2: 1 })).toBe(true);
    for (const other of [
      ...[{ normKind: 'layer' }, { convWeights: 'normalized' }, { head: 'dense' }],
      ...[{ block: 'post-activation' }, { shortcut: 'projection' }, { convBias: true }],
    ])
      expect(hasPapersLayers(other)).toBe(false);
  });
});

describe('hasPapersKinds', () => {
  it('looks at norms, convolutions and shortcuts of a network, those within its blocks too', () => {
    const [conv, norm] = [{ type: 'conv' }, { type: 'norm', kind: 'batch' }];
    const inBlock = (...layers: object[]) => ({ layers: [conv, { type: 'residual', layers }] });
    expect(hasPapersKinds(undefined)).toBe(true);
    expect(hasPapersKinds({ layers: [conv, norm, { type: 'activation', kind: 'relu' }] })).toBe(true);
    expect(hasPapersKinds(inBlock({ type: 'norm' }, { type: 'conv', weights: 'plain' }))).toBe(true);
    expect(hasPapersKinds({ layers: [conv, { type: 'norm', kind: 'rms' }] })).toBe(false);
    expect(hasPapersKinds(inBlock(norm, { type: 'conv', weights: 'weight-norm' }))).toBe(false);
    expect(hasPapersKinds({ layers: [{ type: 'residual', layers: [], shortcut: [conv] }] })).toBe(false);
  });
});
