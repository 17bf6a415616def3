import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { showProgress } from '../../src/listeners/progress.js';

const course = { steps: 12, epochs: 3, from: 0 };
const [hideCursor, showCursor] = ['\u001B[?25l', '\u001B[?25h'];
const wrapOff = '\u001B[?7l';

/** A terminal, and the text written to it. */
function watched() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const silent = () => {};
  const terminal = {
    ...{ result: silent, say: silent, warn: silent },
    ...{ watched: true, json: false, columns: () => stream.columns },
  };
  return {
    progress: showProgress(terminal, course, stream),
    written: () => String(stream.read() ?? ''),
    resize: (columns: number) => {
      stream.columns = columns;
    },
  };
}

describe('showProgress', () => {
  it('writes every line at once, also the last line and those of epochs between two drawings', () => {
    const { progress, written } = watched();
    const lines = ['epoch 1/3', 'epoch 2/3', 'epoch 3/3'];
    for (const line of lines) progress.line(line);
    progress.stop();
    const text = written();
    for (const line of lines) expect(text).toContain(`${line}\n`);
  });

  it('restores the cursor when it stops, and never turns wrapping off, which would cut long lines', () => {
    const { progress, written } = watched();
    const before = written();
    expect(before).toContain(hideCursor);
    progress.stop();
    const after = written();
    expect(after).toContain(showCursor);
    expect(before + after).not.toContain(wrapOff);
    expect(process.listeners('exit').map(String).join()).not.toContain('bars.stop');
  });

  it('restores it if the process ends without stop, and leaves Ctrl-C to the command', () => {
    const before = process.listenerCount('SIGINT');
    const { progress, written } = watched();
    expect(process.listenerCount('SIGINT')).toBe(before);
    const atExit = process.listeners('exit').at(-1);
    atExit?.call(process, 130);
    expect(written()).toContain(showCursor);
    progress.stop();
  });

  it('fits the terminal, also after it was resized: first the speed is left out, then accuracy and loss', () => {
    const { progress, written, resize } = watched();
    const values = { epoch: 1, loss: 1.5, accuracy: 0.25, imagesPerSecond: 120, secondsLeft: 65 };
    const barAt = (columns: number, step: number) => {
      resize(columns);
      progress.step({ step, ...values });
      written();
      // A line is printed at once, and the bar is drawn again below it.
      progress.line('a line');
      return stripVTControlCharacters(written()).split('\n').at(-1)!.trim();
    };
    expect(barAt(100, 6)).toBe(
      'epoch 2/3 ████████████░░░░░░░░░░░░ 6/12  1 min 05 s left  loss 1.500  accuracy 25.0 %  120 images/s',
    );
    expect(barAt(80, 6)).toMatch(
      /^epoch 2\/3 █+░+ 6\/12 {2}1 min 05 s left {2}loss 1\.500 {2}accuracy 25\.0 %$/,
    );
    expect(barAt(60, 6)).toMatch(/^epoch 2\/3 █+░+ 6\/12 {2}1 min 05 s left {2}loss 1\.500$/);
    expect(barAt(40, 7)).toMatch(/^epoch 2\/3 █+░+ 7\/12$/);
    progress.stop();
  });

  it('clears what a narrower terminal has folded: the cursor waits at the first character of the bar', () => {
    const { progress, written, resize } = watched();
    const clearBelow = '\r\u001B[J';
    progress.line('one');
    const before = written();
    expect(before).not.toContain(clearBelow);
    expect(before.endsWith('\r')).toBe(true);
    resize(60);
    progress.line('two');
    const after = written();
    expect(after.indexOf('░')).toBeGreaterThan(after.indexOf(clearBelow));
    expect(after).toContain(clearBelow);
    progress.line('three');
    expect(written()).not.toContain(clearBelow);
    progress.stop();
  });
});
