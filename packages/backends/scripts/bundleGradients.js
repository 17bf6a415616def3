// Makes generated/gradients.js: every gradient that tfjs-core defines, in one file that Node can load
// (tfjs-core's own module for it imports without file extensions, which Node refuses).
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);

await build({
  entryPoints: [require.resolve('@tensorflow/tfjs-core/dist/register_all_gradients.js')],
  outfile: fileURLToPath(new URL('../generated/gradients.js', import.meta.url)),
  bundle: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  minify: true,
  legalComments: 'eof',
  logLevel: 'warning',
});
