import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { callNormlab } from './callNormlab.js';
import { endOf, main, narrow, normlab, startShell, temporaryFolder } from './spawnNormlab.js';

describe('bad usage ends with status 2 and one line on stderr', () => {
  const folder = temporaryFolder();

  it.each([
    [['train', '--model', 'alcnn'], 'did you mean "all-cnn"?'],
    [['train', '--norm', 'cbnall'], 'did you mean "cbn-all"?'],
    [['train', '--backend', 'webgl'], 'did you mean "webgpu"?'],
    [['train', '--dataset', 'cifar'], 'did you mean "cifar10" or "cifar100"?'],
    [['train', '--threads', '0'], 'normlab train: --threads must be an integer from 1 to 512, got 0.'],
    [['train', '--batch', 'x'], 'normlab train: --batch must be an integer ≥ 1, got "x".'],
    [['train', '--dataset', 'cifar10'], '--data must name the folder of --dataset cifar10.'],
    [['train', '--recipe', 'all-cn'], 'recipe of normlab or the path of a .json file, got "all-cn"'],
    [['train', '--modle', 'nin'], "normlab: unknown option '--modle' (Did you mean --model?)"],
    [['trian'], "normlab: unknown command 'trian' (Did you mean train?)"],
    [['train', 'more'], 'too many arguments'],
    [['report', '.', '--format', 'svg', '--json'], 'normlab report: --format must go without --json.'],
    [['train', '--batch'], "normlab: option '--batch <n>' argument missing"],
  ])('normlab %j', async (args, message) => {
    const { status, stdout, stderr } = await callNormlab(args, folder);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(readdirSync(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32')(
    'names do nothing to the terminal, and the line fits a screen',
    async () => {
      const place = temporaryFolder();
      const name = `\u001b[2J\u202E${'x'.repeat(200)}.json`;
      writeFileSync(join(place, name), JSON.stringify({ ['\u001b]0;owned\u0007'.repeat(500)]: 1 }));
      for (const args of [
        ['train', '--recipe', name],
        ['train', '--recipe', '\u001b[2J'.repeat(1000)],
        ['params', '--spec', name],
        ['train', `--${'\u001b[2J'.repeat(1000)}`],
      ]) {
        const { stderr } = await callNormlab(args, place);
        expect(stderr).toContain('\\u001b');
        expect(stderr.trimEnd()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
        expect(stderr.length).toBeLessThan(80 * 23);
      }
    },
  );

  it('a recipe with an unknown key: the error names the nearest keys', async () => {
    const place = temporaryFolder();
    writeFileSync(join(place, 'mine.json'), '{ "learnRate": 0.1 }');
    const { status, stderr } = await normlab(['train', '--recipe', 'mine.json'], place);
    expect(stderr).toContain('recipe mine.json: learnRate must be a setting (did you mean "learningRate"');
    expect(status).toBe(2);
  });

  it('an experiment with an unknown recipe: the error names the experiment', async () => {
    const place = temporaryFolder();
    const arms = { norm: ['bn'] };
    const experiment = {
      title: 'Mine',
      extends: 'all-cnn-quater',
      arms,
      seeds: 1,
      reference: { norm: 'bn' },
    };
    writeFileSync(join(place, 'mine.json'), JSON.stringify(experiment));
    const { status, stderr } = await callNormlab(['compare', 'mine.json'], place);
    expect(stderr).toContain(
      'experiment mine: extends must be a recipe of normlab or the path of a .json file',
    );
    expect(stderr).toContain('got "all-cnn-quater" (did you mean "all-cnn-quarter"');
    expect(status).toBe(2);
  });

  it('an output folder that holds another run is not changed', async () => {
    const place = temporaryFolder();
    mkdirSync(join(place, 'run'));
    writeFileSync(join(place, 'run', 'config.json'), '{}');
    const { status, stderr } = await normlab(['train', '--out', 'run'], place);
    expect(stderr).toContain('--out must not hold another run');
    expect(stderr).toContain('--resume');
    expect(status).toBe(2);
    expect(readdirSync(join(place, 'run'))).toEqual(['config.json']);
  });

  it('a folder with other files is refused as a run folder too', async () => {
    const place = temporaryFolder();
    writeFileSync(join(place, 'letter.txt'), 'dear');
    const { status, stderr } = await normlab(['train', '--out', '.'], place);
    expect(stderr).toContain('--out must be a new or empty folder');
    expect(status).toBe(2);
    expect(existsSync(join(place, 'config.json'))).toBe(false);
  });

  it('--debug shows where an error comes from', async () => {
    const { status, stderr } = await normlab(['train', '--threads', '0', '--debug'], folder);
    expect(stderr).toMatch(/\n\s+at .*checkOptions/);
    expect(status).toBe(2);
  });
});

describe('help', () => {
  const place = temporaryFolder();
  const probe = join(place, 'probe.cjs');
  writeFileSync(
    probe,
    `process.on('exit', () => {
      const loaded = Object.keys(require.cache);
      console.error('tfjs modules: ' + loaded.filter((file) => file.includes('tfjs-core')).length);
      const rare = ['@stdlib', 'protobufjs', 'sharp', 'undici'];
      console.error('rare: ' + rare.filter((name) => loaded.some((file) => file.includes('/' + name + '/'))));
    });`,
  );

  const loadedBy = async (...args: string[]): Promise<string> => {
    const child = startShell(`exec "${process.execPath}" -r ./probe.cjs "${main}" ${args.join(' ')}`, place);
    return (await endOf(child)).stderr;
  };

  it.each([['--help'], ['train --help'], ['help eval'], ['train --batch 0'], ['recipes']])(
    '%s loads nothing of TensorFlow.js',
    async (args) => {
      expect(await loadedBy(args)).toContain('tfjs modules: 0');
    },
  );

  it('params does load it, and the probe sees so', async () => {
    expect(await loadedBy('params', '--model', 'nin')).toMatch(/tfjs modules: [1-9]/);
  });

  it.each([
    ['', 'rare: \n'],
    ['--record outputs --tensorboard', 'rare: @stdlib,protobufjs\n'],
  ])('train %s loads only the libraries that it needs', async (flags, rare) => {
    const out = flags === '' ? 'plain' : 'recorded';
    expect(await loadedBy('train', ...narrow, '--steps', '1', '--out', out, flags)).toContain(rare);
  });

  it('lists the commands', async () => {
    const { status, stdout } = await normlab(['--help'], place);
    expect(status).toBe(0);
    for (const command of [
      'train',
      'eval',
      'params',
      'laws',
      'doctor',
      'setup',
      'recipes',
      'download',
      'convert',
    ]) {
      expect(stdout).toContain(`\n  ${command} `);
    }
  });
});
