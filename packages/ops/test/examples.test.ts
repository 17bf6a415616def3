import { readdirSync, readFileSync } from 'node:fs';
import { openBackend } from '@normlab/backends';
import * as ops from '@normlab/ops';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The TypeScript blocks in a file's docstrings, or in a Markdown file. */
function examplesOf(file: URL): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^ \* ?/gm, '');
  return [...text.matchAll(/```ts\n(.*?)```/gs)].map(([, code]) => code!);
}

/** Runs an example; each comment `// name = value` at the start of a line must hold to six digits. */
function expectToHold(example: string): void {
  const claims = [...example.matchAll(/^\/\/ ([\w.]+) = (.*)$/gm)];
  expect(claims.length).toBeGreaterThan(0);
  const code = example.replaceAll(/^import .*$/gm, '');
  const { default: _, ...scope }: Record<string, unknown> = { ...tf, ...ops };
  const body = `'use strict'; { ${code}\nreturn [${claims.map(([, name]) => name).join(', ')}]; }`;
  tf.tidy(() => {
    const values: tf.Tensor[] = new Function(...Object.keys(scope), body)(...Object.values(scope));
    for (const [i, [claim, , value]] of claims.entries()) {
      const expected = tf.tensor(JSON.parse(value!));
      expect(values[i]!.shape, claim).toEqual(expected.shape);
      const wanted = expected.dataSync();
      for (const [at, number] of values[i]!.dataSync().entries()) {
        expect(number, claim).toBeCloseTo(wanted[at]!, 5);
      }
    }
  });
}

describe('the examples in', () => {
  let close = async () => {};
  beforeAll(async () => {
    ({ close } = await openBackend('cpu'));
  });
  afterAll(() => close());

  const source = new URL('../src/', import.meta.url);
  const files = [
    ...readdirSync(source).map((name) => new URL(name, source)),
    new URL('../README.md', import.meta.url),
  ];
  const examples = files.flatMap((file) =>
    examplesOf(file).map((example) => ({ name: file.pathname.split('/').at(-1)!, example })),
  );

  it.each(examples)('$name hold', ({ example }) => expectToHold(example));

  it('include the docs of every operation', () => {
    const functions = Object.keys(ops);
    const documented = new Set(examples.map(({ name }) => name));
    expect(functions.filter((name) => !documented.has(`${name}.ts`))).toEqual([]);
  });
});
