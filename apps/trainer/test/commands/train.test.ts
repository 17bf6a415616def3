import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type MetricsLine, readMetrics } from '../../src/runFolder/metricsLog.js';
import { endOf, narrow, normlab, startNormlab, temporaryFolder, tiny } from './spawnNormlab.js';

const folder = temporaryFolder();

const bytesOf = (run: string) => readFileSync(join(folder, run, 'checkpoint.safetensors'));

/** A run's log without times. */
const logOf = (run: string): Omit<MetricsLine, 'seconds'>[] =>
  readMetrics(join(folder, run)).map(({ seconds, ...line }) => line);

/** Waits until a run's log holds `count` lines. */
async function logged(run: string, lines: number): Promise<void> {
  while (readMetrics(join(folder, run)).length < lines) await setTimeout(10);
}

describe('normlab train', () => {
  it('ends with a test accuracy and a run folder with config, metrics and checkpoint', async () => {
    const { status, stdout, stderr } = await normlab(['train', ...tiny, '--out', 'whole'], folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/Test accuracy \d+\.\d % on 20 test images after .*\. Run: whole\n$/);
    expect(readdirSync(join(folder, 'whole')).sort()).toEqual([
      'checkpoint.json',
      'checkpoint.safetensors',
      'config.json',
      'metrics.jsonl',
    ]);
    const log = logOf('whole');
    expect(log.map(({ type, step }) => `${type} ${step}`)).toEqual([
      ...['step 1', 'step 2', 'step 3', 'step 4', 'epoch 4', 'evaluation 4'],
      ...['step 5', 'step 6', 'step 7', 'step 8', 'epoch 8', 'evaluation 8'],
    ]);
    const config: unknown = JSON.parse(readFileSync(join(folder, 'whole', 'config.json'), 'utf8'));
    expect(config).toMatchObject({
      format: 'normlab-run-1',
      settings: { model: 'all-cnn', norm: 'cbn-lconv-nobn', seed: 1 },
      length: { steps: 8, stepsPerEpoch: 4 },
      backend: { name: 'wasm', threads: 1 },
      versions: {
        ...{ '@tensorflow/tfjs-core': '4.22.0', node: process.versions.node },
        '@normlab/files': expect.stringMatching(/^\d/),
        '@normlab/kernels': expect.stringMatching(/^\d/),
        '@normlab/wasm-kernels': expect.stringMatching(/^\d/),
      },
    });
  });

  it('--build plain trains with the kernels that give the same bits everywhere, and the run records it', async () => {
    const { status, stderr } = await normlab(
      ['train', ...tiny, '--build', 'plain', '--out', 'plain'],
      folder,
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(join(folder, 'plain', 'config.json'), 'utf8'))).toMatchObject({
      settings: { build: 'plain' },
      backend: { description: 'wasm: 1 thread, SIMD, plain kernels' },
    });
  });

  it('called twice without --out, creates two run folders', async () => {
    const place = temporaryFolder();
    for (let time = 0; time < 2; time++) {
      const { status, stderr } = await normlab(['train', ...tiny], place);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    }
    const first = 'all-cnn-cbn-lconv-nobn-width-0.03-built-in-train-images-64-test-images-20-seed1';
    expect(readdirSync(join(place, 'runs')).sort()).toEqual([first, `${first}-2`]);
  });

  it('--note is kept in config.json and printed, by the resumed run too', async () => {
    const note = 'does width help? (first try)';
    const { stdout } = await normlab(
      ['train', ...narrow, '--steps', '1', '--note', note, '--out', 'noted'],
      folder,
    );
    expect(stdout).toContain(`\nnote      ${note}\n`);
    expect(JSON.parse(readFileSync(join(folder, 'noted', 'config.json'), 'utf8'))).toMatchObject({
      settings: { note },
    });
    expect((await normlab(['train', '--resume', 'noted'], folder)).stdout).toContain(note);
  });

  it('--json prints one JSON document on stdout, and messages for people on stderr', async () => {
    const { status, stdout, stderr } = await normlab(['train', ...tiny, '--out', 'json', '--json'], folder);
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      folder: 'json',
      finished: true,
      step: 8,
      steps: 8,
      test: { images: 20 },
    });
    expect(stderr).toContain('epoch 2/2');
  });

  it('equal seeds: equal bytes; another seed: other bytes', async () => {
    await normlab(['train', ...tiny, '--out', 'again'], folder);
    await normlab(['train', ...tiny, '--out', 'other', '--seed', '2'], folder);
    expect(bytesOf('again').equals(bytesOf('whole'))).toBe(true);
    expect(bytesOf('other').equals(bytesOf('whole'))).toBe(false);
  });

  it('additional checkpoints do not change the run', async () => {
    await normlab(['train', ...tiny, '--out', 'often', '--checkpoint-every', '3'], folder);
    expect(bytesOf('often').equals(bytesOf('whole'))).toBe(true);
    expect(logOf('often')).toEqual(logOf('whole'));
  });

  it.each([
    ['before its first checkpoint', 'early', 2, []],
    ['in its second epoch', 'later', 8, []],
    ['with a checkpoint at every step', 'amid', 8, ['--checkpoint-every', '1']],
  ])('killed (SIGKILL) %s and resumed = uninterrupted, byte for byte', async (_, run, lines, more) => {
    const child = startNormlab(['train', ...tiny, '--out', run, ...more], folder);
    await logged(run, lines);
    child.kill('SIGKILL');
    await endOf(child);
    const { status } = await normlab(['train', '--resume', run], folder);
    expect(status).toBe(0);
    expect(bytesOf(run).equals(bytesOf('whole'))).toBe(true);
    expect(logOf(run)).toEqual(logOf('whole'));
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s within an epoch: finishes the step, saves, ends with %i', async (signal, expected) => {
    const run = `stopped-${signal}`;
    const long = ['--train-images', '4000', '--batch', '2', '--epochs', '1'];
    const child = startNormlab(['train', ...narrow, ...long, '--out', run], folder);
    const ended = endOf(child);
    await logged(run, 8);
    child.kill(signal);
    // systemd and Slurm send it to each process of a job, and a parent may pass it on.
    if (signal === 'SIGTERM') child.kill(signal);
    const { status, stdout } = await ended;
    expect(status).toBe(expected);
    expect(stdout).toContain(`Resume with: normlab train --resume ${run}`);
    const log = logOf(run);
    expect(log.map(({ type }) => type)).not.toContain('epoch');
    const note: unknown = JSON.parse(readFileSync(join(folder, run, 'checkpoint.json'), 'utf8'));
    expect(note).toMatchObject({ step: log.length });
  });

  it('a finished run is not trained again', async () => {
    const before = readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8');
    // A kill between the two renames of the last save leaves checkpoint.json one save behind.
    const note = join(folder, 'whole', 'checkpoint.json');
    const right = readFileSync(note, 'utf8');
    writeFileSync(note, right.replace('"step": 8', '"step": 4'));
    const { status, stdout } = await normlab(['train', '--resume', 'whole'], folder);
    expect(status).toBe(0);
    expect(stdout).toContain('Test accuracy');
    expect(readFileSync(join(folder, 'whole', 'metrics.jsonl'), 'utf8')).toBe(before);
    expect(readFileSync(note, 'utf8')).toBe(right);
  });

  it('--resume with more --epochs extends a run: the same bytes as a run of that length, also from within an epoch', async () => {
    const constant = [...narrow, '--schedule', 'constant'];
    await normlab(['train', ...constant, '--epochs', '2', '--out', 'long'], folder);
    await normlab(['train', ...constant, '--steps', '3', '--out', 'short'], folder);
    const { status, stdout, stderr } = await normlab(['train', '--resume', 'short', '--epochs', '2'], folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('training  8 steps');
    expect(bytesOf('short').equals(bytesOf('long'))).toBe(true);
    expect(logOf('short')).toEqual(logOf('long'));
    expect(JSON.parse(readFileSync(join(folder, 'short', 'config.json'), 'utf8'))).toMatchObject({
      settings: { epochs: 2 },
      length: { steps: 8 },
      extended: [{ fromSteps: 3, toSteps: 8 }],
    });
    expect((await normlab(['train', '--resume', 'short'], folder)).stdout).toContain('Test accuracy');
  });

  it.each([
    ['at the end of an epoch', ['--evaluate-every', '2'], ['--epochs', '1'], ['best']],
    // With these numbers, step 6 is better than step 4.
    ['within an epoch', ['--learning-rate', '0.3'], ['--steps', '6'], ['best', 'best-before-end']],
  ])(
    'an extended run has neither the last evaluation of the shorter one nor its checkpoint: %s',
    async (title, more, length, kept) => {
      const flags = [...narrow, '--build', 'plain', '--schedule', 'constant', '--keep-best', ...more];
      const [long, short] = [`long, ${title}`, `short, ${title}`];
      await normlab(['train', ...flags, '--epochs', '2', '--out', long], folder);
      await normlab(['train', ...flags, ...length, '--out', short], folder);
      const namesIn = (run: string) => readdirSync(join(folder, run)).sort();
      expect(namesIn(short)).toEqual(expect.arrayContaining(kept));
      const { status, stderr } = await normlab(['train', '--resume', short, '--epochs', '2'], folder);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(logOf(short)).toEqual(logOf(long));
      expect(bytesOf(short).equals(bytesOf(long))).toBe(true);
      expect(bytesOf(`${short}/best`).equals(bytesOf(`${long}/best`))).toBe(true);
      expect(namesIn(short)).toEqual(namesIn(long));
    },
  );

  it('a run that is not a whole number of epochs also ends with an evaluation', async () => {
    const run = 'odd';
    await normlab(['train', ...narrow, '--steps', '6', '--out', run], folder);
    expect(logOf(run).at(-1)).toMatchObject({ type: 'evaluation', step: 6, epoch: 1 });
    const { status, stdout } = await normlab(['train', '--resume', run], folder);
    expect({ status, last: stdout.includes('Test accuracy') }).toEqual({ status: 0, last: true });
  });

  it('warns of what has changed since the run was started', async () => {
    const config = join(folder, 'again', 'config.json');
    writeFileSync(config, readFileSync(config, 'utf8').replace(/"node": "[^"]*"/, '"node": "18.0.0"'));
    const { status, stderr } = await normlab(['train', '--resume', 'again'], folder);
    expect(stderr).toContain(`node was 18.0.0, is ${process.versions.node}`);
    expect(status).toBe(0);
  });

  it('resuming with other settings names the key that differs', async () => {
    const { status, stderr } = await normlab(['train', '--resume', 'whole', '--batch', '8'], folder);
    expect(stderr).toBe(
      'normlab train: --batch must be 16, as in the run to resume, got 8 (with --resume, leave out all settings but a greater --epochs or --steps).\n',
    );
    expect(status).toBe(2);
  });

  it('a spec written by hand, with sizes that none of the paper’s networks has, trains, resumes and is evaluated', async () => {
    const layers = [
      { type: 'conv', name: 'first', channels: 7, kernel: 5, stride: 2, padding: 'valid', bias: true },
      { type: 'norm', name: 'norm', gain: true, bias: true, epsilon: 1e-3, decay: 0.5 },
      {
        type: 'residual',
        name: 'block',
        layers: [
          { type: 'activation', name: 'act', kind: 'prelu' },
          { type: 'conv', name: 'conv', channels: 11, kernel: 3, stride: 2, padding: 'same', bias: false },
          { type: 'norm', name: 'norm', gain: true, bias: true, epsilon: 1e-3, decay: 0.5 },
        ],
      },
      { type: 'globalPool', name: 'pool' },
      { type: 'dense', name: 'logits', units: 10, bias: true },
    ];
    const spec = { name: 'mine', input: [24, 24, 3], classes: 10, layers };
    writeFileSync(join(folder, 'mine.json'), JSON.stringify(spec));
    const data = ['--train-images', '64', '--test-images', '20', '--batch', '16', '--threads', '1'];
    const args = ['train', '--spec', 'mine.json', '--norm', 'cbn-lconv-bn', ...data, '--epochs', '6'];
    const { status, stderr } = await normlab([...args, '--out', 'mine'], folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const losses = logOf('mine').flatMap((line) =>
      'loss' in line && line.type === 'epoch' ? [Number(line.loss)] : [],
    );
    expect(losses).toHaveLength(6);
    expect(losses[5]).toBeLessThan(losses[0]!);
    const note: { spec: { layers: object[] } } = JSON.parse(
      readFileSync(join(folder, 'mine', 'checkpoint.json'), 'utf8'),
    );
    expect(note.spec.layers[1]).toMatchObject({ name: 'norm', gain: false, bias: false });
    expect((await normlab(['train', '--resume', 'mine'], folder)).status).toBe(0);
    expect((await normlab(['eval', 'mine'], folder)).status).toBe(0);
  });

  it('a spec that does not fit the images, or is invalid, ends with status 1 before a folder is created', async () => {
    const place = temporaryFolder();
    const layers = [{ type: 'globalPool', name: 'pool' }];
    writeFileSync(
      join(place, 'grey.json'),
      JSON.stringify({ name: 'grey', input: [24, 24, 1], classes: 1, layers }),
    );
    writeFileSync(
      join(place, 'none.json'),
      JSON.stringify({ name: 'none', input: [24, 24, 3], layers: [{}] }),
    );
    const messages = ['grey.json', 'none.json'].map(async (file) => {
      const { status, stderr } = await normlab(['train', '--spec', file, '--steps', '1'], place);
      return `${status} ${stderr.trimEnd()}`;
    });
    expect(await Promise.all(messages)).toEqual([
      '1 grey.json: input must be [24, 24, 3], the shape that the pipeline gives, got [24,24,1].',
      '1 none.json: classes must be a positive integer, but is missing (also: layers[0].type must be the type of a layer, but is missing).',
    ]);
    expect(readdirSync(place).sort()).toEqual(['grey.json', 'none.json']);
  });

  it('resnet-29 without norms at a learning rate of 0.1 diverges here: the run ends with the error, no NaN', async () => {
    const size = ['--width', '0.125', '--train-images', '256', '--test-images', '20', '--batch', '16'];
    const rate = ['--learning-rate', '0.1', '--schedule', 'constant', '--threads', '1'];
    const args = ['train', '--model', 'resnet-29', '--norm', 'none', ...size, ...rate, '--epochs', '4'];
    const { status, stdout, stderr } = await normlab([...args, '--out', 'no-norms', '--json'], folder);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(
      /^trainStep: the (loss|gradient) of step \d+ must be finite.* \(first not finite: .*; learning rate 0\.1: a lower one or a warm-up may help\)\.$/,
    );
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    const log = logOf('no-norms');
    expect(log.length).toBeGreaterThan(0);
    for (const line of log) expect(Object.values(line)).not.toContain(null);
    const evaluation = await normlab(['eval', 'no-norms'], folder);
    expect(evaluation.status).toBe(1);
    expect(evaluation.stderr).toContain('checkpoint.safetensors must be a file that can be read');
  });

  it('a last step that was too large is an error of the evaluation, and leaves no checkpoint', async () => {
    const rate = ['--learning-rate', '1e30', '--schedule', 'constant', '--norm', 'none'];
    const args = ['train', ...narrow, ...rate, '--steps', '1', '--out', 'leap'];
    const { status, stdout, stderr } = await normlab(args, folder);
    expect(stderr).toBe(
      'evaluate: the loss of images 1 to 20 must be finite, got NaN (training has diverged: a lower learning rate or a warm-up may help).\n',
    );
    expect(stdout).not.toContain('NaN');
    expect(status).toBe(1);
    expect(readdirSync(join(folder, 'leap')).sort()).toEqual(['config.json', 'metrics.jsonl']);
    expect(readFileSync(join(folder, 'leap', 'metrics.jsonl'), 'utf8')).not.toContain('null');
  });

  it('a device that is lost leaves the last checkpoint, and the message says how to go on from it', async () => {
    const lost = { preload: new URL('./lostDevice.mjs', import.meta.url).href };
    const onCpu = ['--width', '0.03', '--train-images', '20', '--test-images', '10', '--batch', '2'];
    const args = ['train', ...onCpu, '--backend', 'cpu', '--steps', '3', '--checkpoint-every', '1'];
    const { status, stderr } = await normlab([...args, '--out', 'lost device'], folder, lost);
    expect(status).toBe(1);
    expect(stderr.split('\n')).toEqual([
      "The checkpoint of step 2 is kept. Resume with: normlab train --resume 'lost device'",
      'webgpu: the device must exist, got "lost".',
      '',
    ]);
    const resumed = await normlab(['train', '--resume', 'lost device'], folder);
    expect(resumed.status).toBe(0);
    expect(resumed.stdout).toContain('Test accuracy');
  });

  it('a loss that is not finite stops the run; the last good checkpoint stays', async () => {
    // Six good steps, then a step with the learning rate 1e18, after which the parameters are useless.
    const rates = [
      '--learning-rate',
      '0.01',
      '--schedule',
      'piecewise',
      '--boundaries',
      '6',
      '--drop',
      '1e20',
    ];
    const args = ['train', ...tiny, '--norm', 'none', ...rates, '--out', 'diverged'];
    const { status, stderr } = await normlab(args, folder);
    expect(stderr).toMatch(
      /^trainStep: .* step [78] must be finite.*layer.*learning rate 1000000000000000000/,
    );
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(status).toBe(1);
    const note: unknown = JSON.parse(readFileSync(join(folder, 'diverged', 'checkpoint.json'), 'utf8'));
    expect(note).toMatchObject({ step: 4 });
    const log = readFileSync(join(folder, 'diverged', 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n');
    const last = JSON.parse(log.at(-1)!);
    expect(last).toMatchObject({ type: 'diverged', epoch: 1, reason: stderr.trimEnd() });
    expect(stderr).toContain(`step ${last.step} must be finite`);
    const list = await normlab(['runs', '.', '--json'], folder);
    expect(JSON.parse(list.stdout)).toContainEqual(
      expect.objectContaining({ run: 'diverged', state: 'diverged' }),
    );
    expect((await normlab(['eval', 'diverged'], folder)).status).toBe(0);
  });
});
