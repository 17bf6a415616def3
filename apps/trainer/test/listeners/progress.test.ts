import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { showProgress } from '../../src/listeners/progress.js';

const course = { steps: 12, epochs: 3, from: 0 };
const [hideCursor, showCursor] = ['\u001B[?25l', '\u001B[?25h'];
const [wrapOff, wrapOn] = ['\u001B[?7l', '\u001B[?7h'];

/** A terminal, and the text written to it. */
function watched() {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const silent = () => {};
  const terminal = { result: silent, say: silent, warn: silent, watched: true, json: false };
  return { progress: showProgress(terminal, course, stream), written: () => String(stream.read() ?? '') };
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

  it('restores cursor and wrapping when it stops', () => {
    const { progress, written } = watched();
    expect(written()).toContain(hideCursor);
    progress.stop();
    expect(written()).toContain(showCursor);
    expect(process.listeners('exit').map(String).join()).not.toContain('bars.stop');
  });

  it('restores them if the process ends without stop, and leaves Ctrl-C to the command', () => {
    const before = process.listenerCount('SIGINT');
    const { progress, written } = watched();
    expect(process.listenerCount('SIGINT')).toBe(before);
    expect(written()).toContain(wrapOff);
    const atExit = process.listeners('exit').at(-1);
    atExit?.call(process, 130);
    const text = written();
    expect(text).toContain(showCursor);
    expect(text).toContain(wrapOn);
    progress.stop();
  });
});
