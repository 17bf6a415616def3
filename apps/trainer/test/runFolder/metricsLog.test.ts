import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type FiguresLine, metricsFile, openMetrics, readMetrics } from '../../src/runFolder/metricsLog.js';
import { temporaryFolder } from '../commands/spawnNormlab.js';

const line = (type: FiguresLine['type'], step: number): FiguresLine => ({
  ...{ type, step, epoch: 0, loss: 1 / 3, accuracy: 0.5, seconds: step },
});

/** A folder with the log of a run up to the evaluation after its second step. */
function logged(): string {
  const folder = temporaryFolder();
  const log = openMetrics(folder, { step: 0, owesEvaluation: false, isEvaluated: true });
  for (const each of [line('step', 1), line('step', 2), line('epoch', 2), line('evaluation', 2)]) {
    log.write(each);
  }
  log.close();
  return folder;
}

describe('openMetrics', () => {
  it('writes one JSON object per line', () => {
    const text = readFileSync(join(logged(), metricsFile), 'utf8');
    expect(text.endsWith('\n')).toBe(true);
    expect(
      text
        .trimEnd()
        .split('\n')
        .map((each) => JSON.parse(each).type),
    ).toEqual([...['step', 'step', 'epoch', 'evaluation']]);
  });

  it.each([
    ['nothing at step 0', { step: 0, owesEvaluation: false, isEvaluated: true }, 0],
    ['the first step', { step: 1, owesEvaluation: false, isEvaluated: true }, 1],
    [
      'the steps, if the evaluation is still missing',
      { step: 2, owesEvaluation: true, isEvaluated: true },
      2,
    ],
    ['all, if it is not', { step: 2, owesEvaluation: false, isEvaluated: true }, 4],
    [
      'the epoch, if only a shorter run has the evaluation',
      { step: 2, owesEvaluation: false, isEvaluated: false },
      3,
    ],
    ['an earlier evaluation all the same', { step: 3, owesEvaluation: false, isEvaluated: false }, 4],
  ])('keeps %s', (_, reached, kept) => {
    const folder = logged();
    const log = openMetrics(folder, reached);
    log.close();
    expect(log.earlier).toHaveLength(kept);
    expect(readMetrics(folder)).toEqual(log.earlier);
  });

  it.each([
    ['torn', '{"type":"step","ste'],
    ['without its end', '{"type":"step","step":3}'],
    ['of something else', '[]\n'],
    ['with texts for figures', `${JSON.stringify({ ...line('evaluation', 3), accuracy: 'x' })}\n`],
    ['without its figures', '{"type":"evaluation","step":3}\n'],
    ['of another type', `${JSON.stringify({ ...line('step', 3), type: 'note' })}\n`],
    ['of a depth that overflows stacks', `${'['.repeat(100_000)}${']'.repeat(100_000)}\n`],
  ])('a last line %s is cut off, and the next line is complete', (_, rest) => {
    const folder = logged();
    appendFileSync(join(folder, metricsFile), rest);
    const log = openMetrics(folder, { step: 9, owesEvaluation: false, isEvaluated: true });
    log.write(line('step', 3));
    log.close();
    expect(readMetrics(folder).map(({ step }) => step)).toEqual([1, 2, 2, 2, 3]);
  });

  it.skipIf(process.platform === 'win32')('waits for no pipe in the place of metrics.jsonl', () => {
    const folder = temporaryFolder();
    execFileSync('mkfifo', [join(folder, 'metrics.jsonl')]);
    expect(() => openMetrics(folder, { step: 0, owesEvaluation: false, isEvaluated: true })).toThrow(
      'metrics.jsonl must be a plain file, got "a pipe".',
    );
  });

  it('a folder that is a file is a DataError', () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    expect(() => openMetrics(file, { step: 0, owesEvaluation: false, isEvaluated: true })).toThrow(
      'must be a file that can be written',
    );
  });
});
