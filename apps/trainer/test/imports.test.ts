import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** The files of the program, each with its imports, including types. */
const imports: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, importsOf(file)]),
);

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  const paths = [...text.matchAll(/(?:from |import\()'(\.[^']+)\.js'/g)].map(([, path]) => path!);
  return paths.map((path) => normalize(join(dirname(file), `${path}.ts`)));
}

/** Folders from the innermost to the outermost: each may import itself and those before it. */
const folders = [
  'settings',
  'terminal',
  'fromSettings',
  'runFolder',
  'listeners',
  'training',
  'experiments',
  'commands',
  '.',
];

it('imports point from outer folders to inner ones', () => {
  const rank = (file: string) => folders.indexOf(dirname(file));
  const wrong = [...imports].flatMap(([file, others]) => {
    expect(rank(file), file).toBeGreaterThanOrEqual(0);
    return others.filter((other) => rank(other) > rank(file)).map((other) => `${file} → ${other}`);
  });
  expect(wrong).toEqual([]);
});

it('no file imports itself through others', () => {
  const finished = new Set<string>();
  const circleFrom = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return undefined;
    for (const other of imports.get(file) ?? []) {
      const circle = circleFrom(other, [...path, file]);
      if (circle !== undefined) return circle;
    }
    finished.add(file);
    return undefined;
  };
  for (const file of imports.keys()) expect(circleFrom(file, []) ?? []).toEqual([]);
});
