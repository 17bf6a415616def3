import { appendFileSync, mkdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { writeRun } from '../experiments/writeRun.js';
import { callNormlab } from './callNormlab.js';
import { normlab, temporaryFolder, tiny } from './spawnNormlab.js';

const folder = temporaryFolder();

describe('normlab runs', () => {
  beforeAll(async () => {
    const { status } = await normlab(['train', ...tiny, '--out', 'good'], folder);
    expect(status).toBe(0);
    const config = readFileSync(join(folder, 'good', 'config.json'), 'utf8');
    mkdirSync(join(folder, 'deep', 'cut'), { recursive: true });
    writeFileSync(join(folder, 'deep', 'cut', 'config.json'), config.slice(0, 100));
    mkdirSync(join(folder, 'folder', 'config.json'), { recursive: true });
    mkdirSync(join(folder, 'numbers'));
    writeFileSync(join(folder, 'numbers', 'config.json'), config);
    const line = { type: 'step', step: 'one' };
    appendFileSync(join(folder, 'numbers', 'metrics.jsonl'), `${JSON.stringify(line)}\n{}\n`);
  });

  it('lists a run beside damaged ones, says what is wrong with each of these, and fails', async () => {
    const { status, stdout, stderr } = await normlab(['runs', '.'], folder);
    expect(stdout).toMatch(/^good +1 +8 /m);
    expect(stderr).toContain('cut/config.json must hold JSON');
    expect(stderr).toContain('folder/config.json must be a plain file');
    expect(stderr).toContain('numbers/metrics.jsonl, line 1 must be a line of metrics');
    expect(stderr.trim().split('\n')).toHaveLength(3);
    expect(status).toBe(1);
  });

  it('with --json, the list of the runs that can be read is still one document', async () => {
    const { status, stdout } = await normlab(['runs', '.', '--json'], folder);
    expect(JSON.parse(stdout)).toMatchObject([{ run: 'good', state: 'done' }]);
    expect(status).toBe(1);
  });

  it('without damaged runs, is done', async () => {
    expect(await normlab(['runs', 'good'], folder)).toMatchObject({ status: 0, stderr: '' });
  });
});

it('normlab runs shows a seed as it is written on the command line, and says that times are UTC', async () => {
  const place = temporaryFolder();
  writeRun(join(place, 'runs', 'a'), { seed: 20_240_601 });
  const written = new Date('2026-03-01T23:59:00Z');
  utimesSync(join(place, 'runs', 'a', 'metrics.jsonl'), written, written);
  expect((await callNormlab(['runs'], place)).stdout).toBe(
    [
      'run      seed  steps  accuracy  state  when (UTC)',
      '---  --------  -----  --------  -----  ----------------',
      'a    20240601      2  50.0 %    done   2026-03-01 23:59',
      '',
    ].join('\n'),
  );
});

describe('normlab runs finds', () => {
  const place = temporaryFolder();
  const runs = ['a', 'cpu/table/c', 'table/b'];
  for (const run of runs) writeRun(join(place, 'runs', run), {});
  // What lies in the folder of a run belongs to it.
  writeRun(join(place, 'runs', 'a', 'best'), {});

  const found = async (...args: string[]) => {
    const { stdout } = await callNormlab(['runs', ...args, '--json'], place);
    return JSON.parse(stdout).map(({ run }: { run: string }) => run);
  };

  it('runs three levels down, as deep as those of cpu/table-2-all-cnn in runs', async () => {
    expect(await found()).toEqual(runs);
  });

  it('the run whose folder it is given', async () => {
    expect(await found('runs/cpu/table/c')).toEqual(['runs/cpu/table/c']);
    expect((await callNormlab(['runs', 'runs/a'], place)).stdout).toMatch(/^runs\/a +1 +2 +50\.0 % +done/m);
  });

  it('the runs in a folder to which a link leads, as on another disk, each once, and passes by links to nothing', async () => {
    const [home, disk] = [temporaryFolder(), temporaryFolder()];
    writeRun(join(disk, 'a'), {});
    writeRun(join(disk, 'table', 'b'), {});
    writeFileSync(join(disk, 'notes.txt'), 'mine');
    symlinkSync(disk, join(home, 'scratch'));
    symlinkSync('.', join(home, 'same'));
    symlinkSync('gone', join(home, 'broken'));
    writeRun(join(home, 'first', 'c'), {});
    symlinkSync('first', join(home, 'latest'));
    symlinkSync(join(disk, 'notes.txt'), join(home, 'file'));
    const listed = await callNormlab(['runs', home, '--json'], place);
    expect(listed).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(listed.stdout)).toMatchObject([
      { run: 'first/c' },
      { run: 'scratch/a' },
      { run: 'scratch/table/b' },
    ]);
  });

  it('the state of a run that lacks its last checkpoint: train --resume has steps to do', async () => {
    const killed = join(temporaryFolder(), 'killed');
    writeRun(killed, {});
    writeFileSync(join(killed, 'checkpoint.json'), '{ "step": 1 }');
    const { stdout } = await callNormlab(['runs', killed, '--json'], place);
    expect(JSON.parse(stdout)).toMatchObject([{ state: 'interrupted' }]);
  });

  it('the runs in a folder with a config.json of another program, which alone is named as damaged', async () => {
    const project = temporaryFolder();
    writeFileSync(join(project, 'config.json'), '{"name":"mine"}');
    const alone = await callNormlab(['runs', '.'], project);
    expect(alone).toMatchObject({ status: 1, stderr: expect.stringMatching(/config\.json must/) });
    writeRun(join(project, 'runs', 'a'), {});
    const beside = await callNormlab(['runs', '.', '--json'], project);
    expect(JSON.parse(beside.stdout)).toMatchObject([{ run: 'runs/a' }]);
    expect(beside).toMatchObject({ status: 0, stderr: '' });
  });
});
