import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DataError, nameHint, OptionError } from '@normlab/errors';
import { readJson } from '@normlab/files';
import { z } from 'zod';
import { commandLine, recipeSource } from './checkOptions.js';
import { checkSettings } from './checkSettings.js';
import { layerOptions } from './layerOptions.js';
import { placedFrom } from './placedFrom.js';
import type { SomeSettings } from './settings.js';
import { trainOptions } from './trainOptions.js';

/** What a reader of a recipe needs to know first; all recipes of normlab have it. */
export const aboutSchema = z.strictObject({
  title: z.string(),
  paper: z.string().exactOptional(),
  command: z.string(),
  time: z.string(),
  accuracy: z.string(),
});

/** A recipe: settings, their purpose, and the recipe that they extend (already resolved). */
export type Recipe = { readonly about?: z.infer<typeof aboutSchema>; readonly settings: SomeSettings };

/** Folder of normlab's recipes. */
export const recipesFolder = fileURLToPath(new URL('../../recipes', import.meta.url));

/**
 * Reads a recipe by the name of one of normlab's recipes, or by the path of a `.json` file.
 *
 * A file is a JSON object: any settings by key, `about`, and `extends`, the name or relative path of a
 * recipe whose settings it starts from. The whole chain is checked. Relative paths in it, those of `data` and `spec`
 * too, start at the file's folder.
 *
 * @param named what names the recipe, for the message about an unknown name
 * @throws OptionError for an unknown name, a setting that is not one, or two in one file that replace each other
 * @throws DataError if the file cannot be read, is not JSON, or extends itself
 */
export async function readRecipe(nameOrPath: string, named: Naming = byFlag): Promise<Recipe> {
  const file = nameOrPath.endsWith('.json') ? resolve(nameOrPath) : await shipped(nameOrPath, named);
  return readChain(file, []);
}

/** Where a recipe is named. */
type Naming = { readonly where: string; readonly what: string };

const byFlag: Naming = { where: commandLine.where, what: '--recipe' };

/** Names of normlab's recipes, as `--recipe` accepts them. */
export async function recipeNames(): Promise<string[]> {
  const entries = await readdir(recipesFolder, { recursive: true });
  return entries
    .filter((entry) => entry.endsWith('.json'))
    .map((entry) => entry.slice(0, -'.json'.length).split(sep).join('/'))
    .sort();
}

async function shipped(name: string, named: Naming): Promise<string> {
  const names = await recipeNames();
  if (names.includes(name)) return join(recipesFolder, `${name}.json`);
  throw new OptionError({
    ...named,
    rule: 'be a recipe of normlab or the path of a .json file',
    got: name,
    hint: nameHint(name, names),
  });
}

async function readChain(file: string, seen: readonly string[]): Promise<Recipe> {
  const source = recipeSource(nameOf(file));
  if (seen.includes(file)) {
    throw new DataError({ where: source.where, what: 'extends', rule: 'not lead back to itself', file });
  }
  const { about, extends: base, ...settings } = await readJsonObject(file, source.where);
  const own = placedFrom(dirname(file), checkSettings(settings, source));
  const checkedAbout = about === undefined ? {} : { about: checkAbout(about, source.where, file) };
  if (base === undefined) return { ...checkedAbout, settings: own };
  const named = { where: source.where, what: 'extends' };
  if (typeof base !== 'string') {
    throw new OptionError({ ...named, rule: 'be the name of a recipe', got: base });
  }
  const baseFile = base.endsWith('.json') ? resolve(dirname(file), base) : await shipped(base, named);
  const inherited = await readChain(baseFile, [...seen, file]);
  return { ...checkedAbout, settings: layerOptions(trainOptions, own, inherited.settings) };
}

async function readJsonObject(file: string, where: string): Promise<Record<string, unknown>> {
  const value = await readJson(file, { where });
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new DataError({ where, what: file, rule: 'hold a JSON object', file });
  }
  return { ...value };
}

function checkAbout(about: unknown, where: string, file: string): z.infer<typeof aboutSchema> {
  const result = aboutSchema.safeParse(about);
  if (result.success) return result.data;
  const keys = Object.keys(aboutSchema.shape).join(', ');
  throw new DataError({ where, what: 'about', rule: `hold the texts ${keys} (paper may be absent)`, file });
}

function nameOf(file: string): string {
  const inside = relative(recipesFolder, file);
  return inside.startsWith('..') ? basename(file) : inside.slice(0, -'.json'.length).split(sep).join('/');
}
