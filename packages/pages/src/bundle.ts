import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build as buildWithEsbuild } from 'esbuild';
import { build as buildWithRolldown } from 'vite';

/** What a bundler said that its user would have to read. */
type Warnings = { readonly warnings: readonly string[] };

/** Bundles scripts for pages with esbuild, with no option but what it needs to be asked: no shims, no loaders. */
export async function bundleWithEsbuild(entries: readonly string[], folder: string): Promise<Warnings> {
  const { warnings } = await buildWithEsbuild({
    entryPoints: [...entries],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    logLevel: 'silent',
  });
  await writeHtml(join(folder, 'index.html'), basename(entries[0]!).replace(/\.ts$/, '.js'));
  return { warnings: warnings.map(({ text, location }) => `${location?.file ?? ''} ${text}`) };
}

/** Bundles a page with Vite as it comes, its minifier included. */
export async function bundleWithVite(root: string, html: string, folder: string): Promise<Warnings> {
  const warnings: string[] = [];
  const note = (text: string) => warnings.push(text);
  await buildWithRolldown({
    root,
    base: './',
    configFile: false,
    logLevel: 'warn',
    worker: { format: 'es' },
    build: {
      outDir: folder,
      emptyOutDir: false,
      // Its note of a slow build tells of a busy machine.
      rolldownOptions: { input: join(root, html), checks: { pluginTimings: false } },
      chunkSizeWarningLimit: 10_000,
    },
    customLogger: {
      info: () => {},
      warn: note,
      warnOnce: note,
      error: note,
      clearScreen: () => {},
      hasErrorLogged: () => false,
      hasWarned: false,
    },
  });
  return { warnings };
}

function writeHtml(path: string, script: string): Promise<void> {
  const head = '<!doctype html><meta charset="utf-8"><title>normlab</title>';
  return writeFile(path, `${head}<script type="module" src="./${script}"></script>\n`);
}
