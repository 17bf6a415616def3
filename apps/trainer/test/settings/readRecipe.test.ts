import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DataError, NormlabError, OptionError } from '@normlab/errors';
import { afterAll, describe, expect, it } from 'vitest';
import { readRecipe, recipeNames, recipesFolder } from '../../src/settings/readRecipe.js';

const folder = mkdtempSync(join(tmpdir(), 'normlab-recipes-'));
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, json: unknown): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(json));
  return file;
}

const about = { title: 'Mine', command: 'normlab train', time: 'a minute', accuracy: '.9' };

describe('readRecipe', () => {
  it('reads a file’s settings and what it says of itself', async () => {
    expect(await readRecipe(write('plain.json', { batch: 7 }))).toEqual({ settings: { batch: 7 } });
    expect(await readRecipe(write('told.json', { about, batch: 7 }))).toEqual({
      about,
      settings: { batch: 7 },
    });
    const cited = { ...about, paper: 'Table 2' };
    expect((await readRecipe(write('cited.json', { about: cited }))).about).toEqual(cited);
  });

  it('starts from what it extends: a recipe of normlab, or a file beside it', async () => {
    const { settings: reference } = await readRecipe('all-cnn-quarter');
    const mine = write('mine.json', { about, extends: 'all-cnn-quarter', batch: 7, steps: 9 });
    const { epochs, ...others } = reference;
    expect(epochs).toBeDefined();
    // --steps replaces --epochs.
    expect(await readRecipe(mine)).toEqual({ about, settings: { ...others, batch: 7, steps: 9 } });
    const further = write('below/further.json', { extends: '../mine.json', seed: 3 });
    // What a recipe says of itself does not hold for those that extend it.
    expect(await readRecipe(further)).toEqual({ settings: { ...others, batch: 7, steps: 9, seed: 3 } });
  });

  it('paths in a file start at the file’s folder', async () => {
    write('base/base.json', { data: 'images', spec: '../net.json' });
    const same = write('above.json', { extends: 'base/base.json' });
    const places = { data: join(folder, 'base/images'), spec: join(folder, 'net.json') };
    expect((await readRecipe(same)).settings).toEqual(places);
    const own = write('own.json', { extends: 'base/base.json', data: '/data' });
    expect((await readRecipe(own)).settings).toEqual({ ...places, data: '/data' });
  });

  const refusals: [string, unknown, typeof OptionError | typeof DataError, string][] = [
    ['array', [1], DataError, `recipe array.json: ${join(folder, 'array.json')} must hold a JSON object.`],
    ['null', null, DataError, `recipe null.json: ${join(folder, 'null.json')} must hold a JSON object.`],
    ['text', 'batch', DataError, `recipe text.json: ${join(folder, 'text.json')} must hold a JSON object.`],
    ['value', { batch: 0 }, OptionError, 'recipe value.json: batch must be an integer ≥ 1, got 0.'],
    [
      'lengths',
      { epochs: 8, steps: 3128 },
      OptionError,
      'recipe lengths.json: steps must be given without epochs, which it replaces.',
    ],
    [
      'networks',
      { extends: 'all-cnn-quarter', model: 'nin', spec: 'net.json' },
      OptionError,
      'recipe networks.json: spec must be given without model, which it replaces.',
    ],
    [
      'number',
      { extends: 5 },
      OptionError,
      'recipe number.json: extends must be the name of a recipe, got 5.',
    ],
    [
      'unnamed',
      { extends: 'all-cnn-quarte' },
      OptionError,
      'recipe unnamed.json: extends must be a recipe of normlab or the path of a .json file, got "all-cnn-quarte" (did you mean "all-cnn-quarter"',
    ],
    [
      'about',
      { about: { ...about, time: 3 } },
      DataError,
      'recipe about.json: about must hold the texts title, paper, command, time, accuracy (paper may be absent).',
    ],
    ['itself', { extends: 'itself.json' }, DataError, 'recipe itself.json: extends must not lead back'],
  ];
  it.each(refusals)('refuses a faulty file: %s', async (name, json, kind, message) => {
    const error = await failure(readRecipe(write(`${name}.json`, json)));
    expect(error).toBeInstanceOf(kind);
    expect(error.message.slice(0, message.length)).toBe(message);
    if (error instanceof DataError) expect(error.file).toBe(join(folder, `${name}.json`));
  });

  it('refuses them in a recipe that another one extends, also where that one replaces both', async () => {
    write('both.json', { epochs: 8, steps: 3128 });
    const error = await failure(readRecipe(write('extends-both.json', { extends: 'both.json', steps: 9 })));
    expect(error.message).toBe('recipe both.json: steps must be given without epochs, which it replaces.');
  });

  it('refuses a chain that leads back to an earlier file', async () => {
    write('one.json', { extends: 'two.json' });
    const two = write('two.json', { extends: './one.json' });
    const error = await failure(readRecipe(two));
    expect(error.message).toBe('recipe two.json: extends must not lead back to itself.');
    expect(error).toMatchObject({ file: two });
  });

  it('names a recipe of normlab as --recipe does, and any other by its file', async () => {
    const missing = await failure(readRecipe(join(recipesFolder, 'table-2', 'none.json')));
    expect(missing.message).toMatch(/^recipe table-2\/none: /);
    const other = await failure(readRecipe(join(folder, 'below', 'none.json')));
    expect(other.message).toMatch(/^recipe none\.json: /);
  });

  it('lists the recipes of normlab, in order, as --recipe takes them', async () => {
    const names = await recipeNames();
    expect(names).toContain('all-cnn-quarter');
    expect(names).toContain('table-2/nin-bn-cifar10');
    expect(names).toEqual([...names].sort());
    expect(names.filter((name) => !/^[a-z0-9-]+(\/[a-z0-9-]+)*$/.test(name))).toEqual([]);
  });
});

async function failure(reading: Promise<unknown>): Promise<Error> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof NormlabError) return error;
  throw new Error('no error of normlab');
}
