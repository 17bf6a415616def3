import { allCnn, buildModel, type ModelSpec, nin, resnet, summarize } from '@normlab/models';
import { describe, expect, it } from 'vitest';

const pathsOf = (spec: ModelSpec) => summarize(spec).map(({ layer }) => layer);

const below = (parent: string, names: string) => names.split(' ').map((name) => `${parent}/${name}`);

const triples = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) =>
    ['conv', 'norm', 'act'].map((part) => `${part}${first + index}`),
  ).flat();

/** The blocks of ResNet-20, two in each of three stages. */
const blocks = [1, 2, 3].flatMap((stage) => [1, 2].map((block) => `stage${stage}/block${block}`));

const stem = below('stem', 'conv norm act');
const inside = 'conv1 norm1 act1 conv2 norm2 act2 conv3';

// Variables of a checkpoint, taps and exported graphs are found by these paths.
describe('the paths of layers, in the order in which they run', () => {
  it('ALL-CNN', () => {
    expect(pathsOf(allCnn())).toEqual([...triples(1, 9), 'pool']);
    expect(pathsOf(allCnn({ head: 'dense' }))).toEqual([...triples(1, 9), 'pool', 'dense']);
  });

  it('NIN', () => {
    expect(pathsOf(nin())).toEqual([
      ...triples(1, 3),
      ...['pool1', 'drop1'],
      ...triples(4, 6),
      ...['pool2', 'drop2'],
      ...triples(7, 9),
      'pool',
    ]);
  });

  it('ResNet, pre-activation: the first block uses the norm of the stem', () => {
    const expected = blocks.flatMap((block, index) => [
      ...below(block, index === 0 ? inside : `norm0 act0 ${inside}`),
      block,
    ]);
    expect(pathsOf(resnet({ depth: 20 }))).toEqual([
      ...stem,
      ...expected,
      'final/norm',
      'final/act',
      'pool',
      'dense',
    ]);
  });

  it('ResNet, pre-activation with projections: norm0 and act0 come before the residual of block 1', () => {
    const expected = blocks.flatMap((block, index) => {
      const projection = block.endsWith('block1') ? 'shortcut/conv ' : '';
      return [...below(block, `${index === 0 ? '' : 'norm0 act0 '}${projection}${inside}`), block];
    });
    const spec = resnet({ depth: 20, shortcut: 'projection' });
    expect(pathsOf(spec)).toEqual([...stem, ...expected, 'final/norm', 'final/act', 'pool', 'dense']);
    expect(spec.layers.map(({ name }) => name).filter((name) => name.endsWith('norm0'))).toEqual([
      'stage2/block1/norm0',
      'stage3/block1/norm0',
    ]);
  });

  it('ResNet, post-activation, with and without projections', () => {
    const expected = (shortcut: string) =>
      blocks.flatMap((block) => {
        const around = block.endsWith('block1') ? shortcut : '';
        return [...below(block, `${around}${inside} norm3`), block, `${block}/act3`];
      });
    const paths = (shortcut: 'parameter-free' | 'projection') =>
      pathsOf(resnet({ depth: 20, block: 'post-activation', shortcut }));
    expect(paths('parameter-free')).toEqual([...stem, ...expected(''), 'pool', 'dense']);
    expect(paths('projection')).toEqual([
      ...stem,
      ...expected('shortcut/conv shortcut/norm '),
      'pool',
      'dense',
    ]);
  });
});

it('a model lists the same paths', () => {
  for (const spec of [allCnn(), nin(), resnet({ depth: 20, shortcut: 'projection' })]) {
    expect(buildModel(spec).layers).toEqual(pathsOf(spec));
  }
});

it('the names of networks', () => {
  expect(
    [allCnn(), nin(), resnet(), resnet({ depth: 50, block: 'post-activation' })].map(({ name }) => name),
  ).toEqual(['all-cnn', 'nin', 'resnet-29', 'resnet-50-post-activation']);
});
