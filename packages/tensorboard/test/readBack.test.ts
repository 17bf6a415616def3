import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { fileVersion, histogram, scalars, sessionStart } from '../src/index.js';

/** A Python that has the package tensorboard 2.21; `.ci/run` sets one up. */
const python = process.env.TENSORBOARD_PYTHON;
const script = fileURLToPath(new URL('readBack.py', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'normlab-events-'));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(python === undefined)('TensorBoard reads back what was written', () => {
  it('the same scalars and buckets, and each step of a resumed run once', () => {
    const edges = [0.5, 0.75, 1, 1.25];
    const at = (step: number) => ({ step, wallTime: 1.7e9 + step });
    const write = (name: string, records: readonly Uint8Array[]) =>
      writeFileSync(join(folder, `events.out.tfevents.${name}`), Buffer.concat(records));
    write('1700000000.a', [
      fileVersion(1.7e9),
      ...[1, 2, 3].map((step) => scalars({ loss: 1 / step, accuracy: 0.25 }, at(step))),
      histogram('norm9/gain', { edges, counts: [3, 0, 5] }, at(2), { min: 0.6, max: 1.2 }),
      histogram('norm9/bias', { edges: [-2, -1, 0.5, 0.75, 1, 4], counts: [0, 3, 0, 5, 0] }, at(2)),
    ]);
    write('1700000010.a', [fileVersion(1.7e9 + 10), sessionStart(at(3)), scalars({ loss: 0.125 }, at(3))]);
    const { stdout, stderr, status } = spawnSync(python!, [script, folder], { encoding: 'utf8' });
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const read = JSON.parse(stdout);
    expect(read.scalars.loss).toEqual([
      [1, 1],
      [2, 0.5],
      [3, 0.125],
    ]);
    expect(read.scalars.accuracy).toEqual([
      [1, 0.25],
      [2, 0.25],
    ]);
    expect(read.histograms['norm9/gain']).toEqual([
      { step: 2, limits: edges, counts: [0, 3, 0, 5], min: 0.6, max: 1.2, num: 8 },
    ]);
    expect(read.drawn).toEqual({
      'norm9/gain': [
        [Math.fround(0.6), 0.75, 3],
        [0.75, 1, 0],
        [1, Math.fround(1.2), 5],
      ],
      'norm9/bias': [
        [-1, 0.5, 3],
        [0.5, 0.75, 0],
        [0.75, 1, 5],
      ],
    });
  });
});
