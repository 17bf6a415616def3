import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { narrow, normlab, temporaryFolder } from './spawnNormlab.js';

type Line = {
  readonly type: string;
  readonly step: number;
  readonly accuracy: number;
  readonly images?: number;
};

it('--validation, --evaluate-every and --keep-best: what is evaluated, when, and which checkpoint stays', async () => {
  const folder = temporaryFolder();
  const read = (name: string) => JSON.parse(readFileSync(join(folder, 'run', name), 'utf8'));
  // 64 images, 16 held out: 3 steps an epoch.
  const trained = await normlab(
    [
      ...['train', ...narrow, '--epochs', '5', '--validation', '16', '--evaluate-every', '2'],
      ...['--keep-best', '--json', '--out', 'run'],
    ],
    folder,
  );
  expect(trained.status).toBe(0);
  expect(trained.stderr).toContain('48 training, 16 validation (used for evaluation) and 20 test images');
  const lines: Line[] = readFileSync(join(folder, 'run/metrics.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const evaluations = lines.filter(({ type }) => type === 'evaluation');
  expect(evaluations.map(({ step, images }) => [step, images])).toEqual([
    [6, 16],
    [12, 16],
    [15, 16],
  ]);
  expect(JSON.parse(trained.stdout)).toMatchObject({ evaluatedOn: 'validation', finished: true });
  expect(read('config.json')).toMatchObject({
    settings: { validation: 16, evaluateEvery: 2, keepBest: true },
    dataset: { trainImages: 48, validationImages: 16, testImages: 20 },
    length: { steps: 15, stepsPerEpoch: 3 },
  });

  const best = evaluations.reduce((most, line) => (line.accuracy > most.accuracy ? line : most));
  const evaluated = async (...args: string[]) =>
    JSON.parse((await normlab(['eval', 'run', '--json', ...args], folder)).stdout);
  expect(await evaluated('--best', '--on', 'validation')).toMatchObject({
    step: best.step,
    accuracy: best.accuracy,
    images: 16,
    on: 'validation',
  });
  expect(await evaluated()).toMatchObject({ step: 15, images: 20, on: 'test' });
});

it('--validation leaves images to train on; --on and --best need what the run was told to keep', async () => {
  const folder = temporaryFolder();
  const complaint = async (...args: string[]) => (await normlab(args, folder)).stderr;
  expect(await complaint('train', ...narrow, '--steps', '1', '--validation', '64', '--out', 'run')).toBe(
    'normlab train: --validation must be at most 63, so that images are left to train on, got 64.\n',
  );
  await normlab(['train', ...narrow, '--steps', '1', '--out', 'run'], folder);
  expect(existsSync(join(folder, 'run/best'))).toBe(false);
  expect(await complaint('eval', 'run', '--on', 'validation')).toBe(
    'normlab eval: --on must be test for a run without --validation, which held no images out, got "validation".\n',
  );
  expect(await complaint('eval', 'run', '--best')).toBe(
    'normlab eval: --best must be left out for a run without --keep-best, got true.\n',
  );
});
