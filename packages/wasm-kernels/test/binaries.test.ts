import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { binaries } from '../generated/kernels.js';

it('the binaries are what their sources come to (npm run write-sums after a change of assembly/)', () => {
  const sums = readFileSync(new URL('../assembly/SHA256SUMS', import.meta.url), 'utf8');
  const actual = Object.entries(binaries).map(([name, base64]) => {
    return `${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')}  ${name}\n`;
  });
  expect(actual.join('')).toBe(sums);
});
