import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build as buildWithEsbuild } from 'esbuild';
import { build as buildWithRolldown } from 'vite';

/** The warnings of a bundler. */
type Warnings = { readonly warnings: readonly string[] };

/** Bundles scripts for pages with esbuild, with only the options that a page needs: no shims, no loaders. */
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

/** Bundles a page with Vite's defaults, which include its minifier. */
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
      // Its warning about a slow build depends on the load of the machine.
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
