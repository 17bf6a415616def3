import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { aboutText, helpText, onlyText } from '../../src/settings/helpText.js';
import type { Option } from '../../src/settings/option.js';

const plain: Option = { about: 'how it looks', schema: z.string() };
const full: Option = {
  ...plain,
  schema: z.enum(['round', 'square']),
  insteadOf: 'drawnShape',
  fallback: 'round',
  only: [
    { key: 'model', is: ['nin', 'all-cnn'] },
    { key: 'spec', is: 'absent' },
  ],
};

describe('the help of an option', () => {
  it('is what it is about, if there is no more to say', () => {
    expect(helpText(plain)).toBe('how it looks');
    expect(onlyText(plain)).toBe('');
  });

  it('says what it replaces, its names, its conditions and its default', () => {
    expect(helpText(full)).toBe(
      'how it looks, instead of --drawn-shape: round, square; only with --model nin or all-cnn, without --spec (round)',
    );
    expect(helpText({ ...plain, fallback: { shown: 'half of it' } })).toBe('how it looks (half of it)');
  });

  it('has flags and names as they are written where it stands', () => {
    expect(aboutText(full, (name) => `<${name}>`)).toBe(
      'how it looks, instead of <--drawn-shape>: <round>, <square>',
    );
  });
});
