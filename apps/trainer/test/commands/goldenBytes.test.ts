import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { normlab, temporaryFolder } from './spawnNormlab.js';

const flags = [
  ...['--width', '0.125', '--train-images', '500', '--test-images', '100', '--batch', '32', '--steps', '5'],
  ...['--backend', 'wasm', '--build', 'plain', '--threads', '1'],
];

/**
 * SHA-256 of the parameters, running statistics and optimizer state after five steps. The plain build has the same bits
 * on every processor: a change of these hashes means that the arithmetic of a training step has changed; the commit
 * must give the reason.
 */
const golden: readonly (readonly [model: string, norm: string, sum: string])[] = [
  ['all-cnn', 'bn', '9fef4d38b1c9951cb45ca46c4b490e73036fc5d83cd07729c0f15032cfb94906'],
  ['all-cnn', 'cbn-lconv-nobn', 'a7e855a9134c566b2920498263108449126bab403edf972a6f12a4d24b41c019'],
  ['nin', 'bn', '6e3776ab9976c59b4b3acbda2e967491a6254d7f6fbfe9fbbf1b5a365ba3e10c'],
  ['nin', 'cbn-lconv-nobn', '0fc62978d8f3a4060d5241bbe24e83bb269f9139f179e23aaf05e3166a91ed4a'],
  ['resnet-29', 'bn', 'd93e5e0538ba9a8c68f34c397916aa647295f683b50b7b3e2c708002638893a8'],
  ['resnet-29', 'cbn-lconv-nobn', '66f6e974e867da887f6f72ff77e0e7afcbb28d116d51a1c8a73edd2a53d291b2'],
];

it.each(golden)('%s under %s trains to the recorded bytes', async (model, norm, sum) => {
  const folder = temporaryFolder();
  const { status, stderr } = await normlab(
    ['train', '--model', model, '--norm', norm, ...flags, '--out', 'run'],
    folder,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const checkpoint = readFileSync(join(folder, 'run', 'checkpoint.safetensors'));
  expect(createHash('sha256').update(checkpoint).digest('hex')).toBe(sum);
});
