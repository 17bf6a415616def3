import { createHash } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseRecordings, type Recording } from '@normlab/experiments';
import { unitRoundoff } from '@normlab/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { openRecordings } from '../../src/runFolder/recordingsFile.js';
import { callNormlab } from './callNormlab.js';
import { narrow, normlab, temporaryFolder, tiny } from './spawnNormlab.js';

const folder = temporaryFolder();

async function train(name: string, ...flags: readonly string[]): Promise<void> {
  const { status, stderr } = await normlab(['train', ...flags, '--out', name], folder);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

function recordingsOf<Type extends Recording['type']>(
  name: string,
  type: Type,
): Extract<Recording, { type: Type }>[] {
  const text = readFileSync(join(folder, name, 'recordings.jsonl'), 'utf8');
  return parseRecordings(name, text).filter(
    (line): line is Extract<Recording, { type: Type }> => line.type === type,
  );
}

function checkpointOf(name: string): string {
  const bytes = readFileSync(join(folder, name, 'checkpoint.safetensors'));
  return createHash('sha256').update(bytes).digest('hex');
}

describe('--record norms,outputs,weights', () => {
  const bn = [...tiny, '--norm', 'bn'];
  beforeAll(async () => {
    await train('all', ...bn, '--record', 'norms,outputs,weights', '--record-every', '3');
  });

  it('changes no byte of the training', async () => {
    await train('none', ...bn);
    expect(checkpointOf('all')).toBe(checkpointOf('none'));
  });

  it('writes each gain and bias at each checkpoint, once', () => {
    const lines = recordingsOf('all', 'norm');
    // Two checkpoints, nine norms, gain and bias of each; channels are 3 and 6, and 10 in the last.
    expect(lines.map(({ step }) => step)).toEqual([...new Array(18).fill(4), ...new Array(18).fill(8)]);
    expect(new Set(lines.map(({ layer, variable }) => `${layer} ${variable}`)).size).toBe(18);
    for (const { drift, min, max, variable, counts } of lines) {
      const still = variable === 'gain' ? 1 : 0;
      expect(drift).toBeGreaterThan(0);
      expect(drift).toBeLessThanOrEqual(Math.max(Math.abs(min - still), Math.abs(max - still)));
      expect(counts.reduce((sum, count) => sum + count)).toBeOneOf([3, 6, 10]);
    }
  });

  it('writes the output of each norm at each checkpoint: all numbers of the 20 test images', () => {
    const lines = recordingsOf('all', 'output');
    expect(lines.map(({ step }) => step)).toEqual([...new Array(9).fill(4), ...new Array(9).fill(8)]);
    expect(lines.slice(9).map(({ layer }) => layer)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((index) => `norm${index}`),
    );
    const sizes = [24, 24, 12, 12, 12, 6, 6, 6, 6].map((side) => side * side);
    const channels = [3, 3, 3, 6, 6, 6, 6, 6, 10];
    for (const [index, { counts, mean, edges, sd }] of lines.slice(9).entries()) {
      expect(counts.reduce((sum, count) => sum + count)).toBe(20 * sizes[index]! * channels[index]!);
      expect(counts).toHaveLength(60);
      // The histogram's own moments, off by half a bin at most.
      const width = edges[1]! - edges[0]!;
      const total = counts.reduce((sum, count) => sum + count);
      const middle = counts.reduce((sum, count, bin) => sum + (count * (edges[bin]! + width / 2)) / total, 0);
      expect(Math.abs(mean - middle)).toBeLessThanOrEqual(width / 2);
      expect(sd).toBeGreaterThan(0);
    }
  });

  it('writes weights every so many steps, for every kernel', () => {
    const lines = recordingsOf('all', 'weights');
    expect(lines.map(({ step }) => step)).toEqual([...new Array(9).fill(3), ...new Array(9).fill(6)]);
    expect(lines[0]).toMatchObject({ kernel: 'conv1/kernel' });
  });

  it('feeds the report: the verdicts on drift and on normal outputs, and their figures', async () => {
    const { stdout } = await normlab(['report', '.', '--json'], folder);
    const { claims } = JSON.parse(stdout);
    expect(claims.map(({ claim, n }: Record<string, number>) => [claim, n])).toEqual([
      [6, 1],
      [7, 1],
      [8, 1],
    ]);
    await normlab(['report', '.'], folder);
    const page = readFileSync(join(folder, 'report.html'), 'utf8');
    for (const title of [
      'norm4 gain by step (Figures 1 and 2)',
      'output of norm9 after step 8 (Figure 3)',
      '‖W‖ by step',
      '‖g‖ by step',
      'angle of a step, radians by step',
      'effective learning rate η/‖W‖² by step',
    ]) {
      expect(page).toContain(title);
    }
  });

  it('is cut off after the checkpoint that a run goes on from', async () => {
    // As a process leaves it that was killed between a recording and its checkpoint, and in the middle of a line.
    const file = join(folder, 'all/recordings.jsonl');
    appendFileSync(file, '{"type":');
    await openRecordings(join(folder, 'all'), 4);
    const kept = parseRecordings('all', readFileSync(file, 'utf8'));
    expect(kept.map(({ type, step }) => `${type} ${step}`)).toEqual([
      ...new Array(9).fill('weights 3'),
      ...new Array(18).fill('norm 4'),
      ...new Array(9).fill('output 4'),
    ]);
  });
});

/**
 * Law 7: constant batch norm gives mean 0 and mean square σ²/(σ² + ε) ≤ 1 over a batch: what is recorded is the output
 * of the norm, before the activation, with the batch's own statistics.
 */
it('outputs of constant norms have mean 0 and sd 1; the last convolution is recorded without a norm', async () => {
  await train('cbn', ...tiny, '--norm', 'cbn-lconv-nobn', '--record', 'outputs');
  const lines = recordingsOf('cbn', 'output').filter(({ step }) => step === 8);
  expect(lines.map(({ layer }) => layer)).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((index) => `norm${index}`),
    'conv9',
  ]);
  for (const { mean, sd } of lines.slice(0, -1)) {
    // Sums of at most 11 520 float32 numbers near 1 per channel: 2⁻²⁴ · √11 520 ≈ 6e-6; ε = 1e-5 against variances > .01.
    expect(Math.abs(mean)).toBeLessThan(1e-5);
    expect(Math.abs(sd - 1)).toBeLessThan(1e-3);
  }
});

/**
 * Law 10: for plain SGD without L2 the gradient is at right angles to a kernel that a norm follows, so that a step turns
 * it by atan(η‖g‖/‖W‖), and ‖W'‖² = ‖W‖² + η²‖g‖². Each recorded figure has its part in it.
 */
it('weights obey law 10', async () => {
  const flags = ['--norm', 'cbn-all', '--momentum', '0', '--l2', '0', '--schedule', 'constant'];
  await train('law', ...narrow, ...flags, '--steps', '3', '--record', 'weights', '--record-every', '1');
  const lines = recordingsOf('law', 'weights');
  expect(lines).toHaveLength(27);
  for (const { kernel, step, norm, gradient, angle, effectiveRate } of lines) {
    const moved = effectiveRate * norm ** 2 * gradient;
    expect(effectiveRate * norm ** 2).toBeCloseTo(0.1, 12);
    // Law 6 with ε and float32: the cosine of W and g is not 0, but below 1e-5. The angle errs by its square, and by the
    // rounding of W' (2⁻²⁴ of W, where steps are 4e-3 of it or more); growth by twice the cosine over the step.
    expect(Math.abs(angle / Math.atan(moved / norm) - 1)).toBeLessThan(unitRoundoff / 4e-3);
    const next = lines.find((line) => line.kernel === kernel && line.step === step + 1);
    if (next === undefined) continue;
    expect(Math.abs((next.norm ** 2 - norm ** 2) / moved ** 2 - 1)).toBeLessThan(2e-5 / 4e-3);
  }
});

it('a run that diverges says so, whatever it records', async () => {
  const rates = ['--learning-rate', '1e30', '--steps', '3', '--checkpoint-every', '1', '--norm', 'bn'];
  const recordings = ['--record', 'norms,outputs,weights', '--record-every', '1', '--tensorboard'];
  const { status, stderr } = await callNormlab(
    ['train', ...narrow, ...rates, ...recordings, '--out', 'diverged'],
    folder,
  );
  expect(stderr).toMatch(/^trainStep: .* must be finite/);
  expect(status).toBe(1);
  const log = readFileSync(join(folder, 'diverged', 'metrics.jsonl'), 'utf8');
  expect(JSON.parse(log.trimEnd().split('\n').at(-1)!).type).toBe('diverged');
  expect(recordingsOf('diverged', 'norm')).not.toEqual([]);
});

it('refuses a kind that is none, and an interval without weights', async () => {
  const unknown = await normlab(['train', '--record', 'norms,outputz'], folder);
  expect(unknown).toMatchObject({ status: 2, stdout: '' });
  expect(unknown.stderr).toMatchInlineSnapshot(`
    "normlab train: --record must be one or several of norms, outputs, weights, separated by commas, got ["norms","outputz"].
    "
  `);
  const without = await normlab(['train', '--record', 'norms', '--record-every', '5'], folder);
  expect(without).toMatchObject({ status: 2, stdout: '' });
  expect(without.stderr).toMatchInlineSnapshot(`
    "normlab train: --record-every must go with --record weights.
    "
  `);
});
