import { DataError, OptionError } from '@normlab/errors';
import { describe, expect, it } from 'vitest';
import { exitStatusOf, failureText } from '../../src/terminal/failure.js';

const complaint = { where: 'here', what: 'it', rule: 'be so' };

describe('failure', () => {
  it('an option error is bad usage, all other errors are failures', () => {
    expect(exitStatusOf(new OptionError(complaint))).toBe(2);
    expect(exitStatusOf(new DataError(complaint))).toBe(1);
    expect(exitStatusOf(new TypeError('x is not a function'))).toBe(1);
  });

  it('is one line, which says if the error was unexpected', () => {
    expect(failureText(new DataError(complaint), { debug: false })).toBe('here: it must be so.');
    expect(failureText(new TypeError('one\ntwo'), { debug: false })).toBe(
      'normlab: one (unexpected; --debug shows where).',
    );
    expect(failureText('text', { debug: false })).toContain('text');
  });

  it('shows stacks and causes with --debug', () => {
    const error = new DataError(complaint, { cause: new Error('the disk') });
    expect(failureText(error, { debug: true })).toMatch(
      /here: it must be so\.\n\s+at .*caused by Error: the disk/s,
    );
  });
});
