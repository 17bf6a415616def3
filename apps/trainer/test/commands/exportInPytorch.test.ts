import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtIn, encodeCifar10 } from '@normlab/datasets';
import { describe, expect, it } from 'vitest';
import type { EvalResult } from '../../src/commands/eval.js';
import { normlab, temporaryFolder } from './spawnNormlab.js';

/** A Python that has the packages torch, safetensors and numpy; `.ci/run` sets one up. */
const python = process.env.TORCH_PYTHON;
const guide = fileURLToPath(new URL('../../../../docs/guides/python.md', import.meta.url));

describe.skipIf(python === undefined)('the PyTorch program of the guide', () => {
  it.each(['bn', 'cbn-lconv-nobn'])(
    'prints the accuracy of normlab eval under %s',
    async (norm) => {
      const folder = temporaryFolder();
      // CIFAR-10's files hold 10 000 records each.
      const { train, test } = builtIn(1, { train: 1000, test: 500 });
      mkdirSync(join(folder, 'cifar'));
      const records = Buffer.concat(Array(10).fill(encodeCifar10(train)));
      for (const part of [1, 2, 3, 4, 5])
        writeFileSync(join(folder, `cifar/data_batch_${part}.bin`), records);
      writeFileSync(join(folder, 'cifar/test_batch.bin'), Buffer.concat(Array(20).fill(encodeCifar10(test))));
      const data = ['--dataset', 'cifar10', '--data', 'cifar'];
      const run = [
        '--width',
        '0.1',
        '--norm',
        norm,
        '--conv-bias',
        '--train-images',
        '4000',
        '--epochs',
        '1',
        '--batch',
        '50',
        '--out',
        'run',
      ];
      expect(await normlab(['train', ...data, ...run], folder)).toMatchObject({ status: 0 });
      await normlab(['export', 'run', '--format', 'safetensors'], folder);
      const { stdout } = await normlab(['eval', 'run', '--json'], folder);
      const { accuracy }: EvalResult = JSON.parse(stdout);
      expect(accuracy).toBeGreaterThan(0.2);

      const [program] = /```python\n(?=[^`]*import torch)([\s\S]*?)```/
        .exec(readFileSync(guide, 'utf8'))!
        .slice(1);
      writeFileSync(join(folder, 'accuracy.py'), program!);
      const files = ['run/network.safetensors', 'cifar/test_batch.bin'];
      const printed = execFileSync(python!, ['accuracy.py', ...files], { cwd: folder, encoding: 'utf8' });
      expect(printed).toBe(`accuracy ${(100 * accuracy).toFixed(1)} %\n`);
    },
    120_000,
  );
});
