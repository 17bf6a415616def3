import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { binaries } from '../generated/kernels.js';

const texts = await Promise.all(
  Object.entries(binaries).map(async ([name, load]) => [name, (await load()).base64] as const),
);

it('the binaries are what their sources come to (npm run write-sums after a change of assembly/)', () => {
  const sums = readFileSync(new URL('../assembly/SHA256SUMS', import.meta.url), 'utf8');
  const actual = texts.map(([name, base64]) => {
    return `${createHash('sha256').update(Buffer.from(base64, 'base64')).digest('hex')}  ${name}\n`;
  });
  expect(actual.join('')).toBe(sums);
});

// Static memory, and whatever would write to it at the start, would lie over that of tfjs's module.
it.each(texts)('the binary %s owns no memory: types, imports, functions, exports, code', (_, base64) => {
  const [type, importSection, functionSection, exportSection, code] = [1, 2, 3, 7, 10];
  expect(sectionsOf(Buffer.from(base64, 'base64'))).toEqual([
    ...[type, importSection, functionSection, exportSection, code],
  ]);
});

/** The identifiers of a WebAssembly module's sections, in their order. */
function sectionsOf(binary: Uint8Array): number[] {
  const sections: number[] = [];
  let at = 8;
  while (at < binary.length) {
    sections.push(binary[at++]!);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = binary[at++]!;
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += length;
  }
  return sections;
}
