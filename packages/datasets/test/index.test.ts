import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as datasets from '@normlab/datasets';
import * as node from '@normlab/datasets/node';
import { describe, expect, it } from 'vitest';

/** The modules from outside the package that a file imports, directly or through other files. */
function importsOf(url: URL, seen = new Set<string>()): Set<string> {
  const outside = new Set<string>();
  if (seen.has(url.href)) return outside;
  seen.add(url.href);
  for (const [, specifier] of readFileSync(url, 'utf8').matchAll(/ from '([^']+)'/g)) {
    if (!specifier!.startsWith('.')) outside.add(specifier!);
    else for (const each of importsOf(new URL(specifier!.replace(/js$/, 'ts'), url), seen)) outside.add(each);
  }
  return outside;
}

describe('@normlab/datasets', () => {
  it('exports', () => {
    expect(Object.keys(datasets).sort()).toMatchSnapshot();
  });

  it('runs in a web page: it imports nothing from Node', () => {
    const entry = new URL('../src/index.ts', import.meta.url);
    expect([...importsOf(entry)].sort()).toEqual(['@normlab/errors', '@normlab/random']);
  });
});

describe('@normlab/datasets/node', () => {
  it('exports', () => {
    expect(Object.keys(node).sort()).toMatchSnapshot();
  });

  it('contains the code that reads files', () => {
    const entry = new URL('../src/node.ts', import.meta.url);
    expect(existsSync(fileURLToPath(entry))).toBe(true);
    expect([...importsOf(entry)]).toContain('node:fs/promises');
  });
});
