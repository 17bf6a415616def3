import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellWord } from '../../src/terminal/shellWord.js';

it('shellWord leaves plain paths as they are', () => {
  expect(shellWord('runs/all-cnn_é-2.json')).toBe('runs/all-cnn_é-2.json');
});

it.each(['', 'a b', "it's", '$(touch x)', '`x`', 'a;b', '~', 'a\nb', '*', "'"])(
  'a shell reads %j back',
  (text) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(text)}`], { encoding: 'utf8' })).toBe(text);
  },
);
