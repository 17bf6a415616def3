import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Converter, ReflectionKind } from 'typedoc';

const packages = fileURLToPath(new URL('../../packages/', import.meta.url));

/** The entries of all public packages: their source files, and the names by which programs import them. */
const entries = readdirSync(packages).flatMap((folder) => {
  const manifest = `${packages}${folder}/package.json`;
  if (!existsSync(manifest)) return [];
  const { name, private: isPrivate, exports } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (isPrivate) return [];
  return Object.keys(exports)
    .map((path) => ({
      name: name + path.slice(1),
      file: `${packages}${folder}/src/${path === '.' ? 'index' : path.slice(2)}.ts`,
    }))
    .filter(({ file }) => existsSync(file));
});

/** Calls modules by the names that programs import. */
function nameModules(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (context, reflection) => {
    if (!reflection.kindOf(ReflectionKind.Module)) return;
    const file = context.getSymbolFromReflection(reflection)?.declarations?.[0]?.getSourceFile().fileName;
    reflection.name = entries.find((entry) => entry.file === file)?.name ?? reflection.name;
  });
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
export default {
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme', nameModules],
  entryPoints: entries.map(({ file }) => file),
  tsconfig: 'tsconfig.json',
  // The repository's own compiler, which is newer, checks the types.
  skipErrorChecking: true,
  out: 'generated/api',
  outputFileStrategy: 'modules',
  docsRoot: 'generated',
  name: 'API',
  externalSymbolLinkMappings: { '@normlab/layers': { normalizeBatch: '#' } },
  readme: 'none',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
};
