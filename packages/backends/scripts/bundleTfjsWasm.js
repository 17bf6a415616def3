// Makes generated/tfjs/*.js: tfjs's compiled WASM modules for web pages, as ES modules that need no other file, so that
// every bundler can include them. The binaries are base64; emscripten's scripts for them are functions.
//
// The script of the threaded module is also there as text, for the workers. tfjs makes that text at run time by
// `factory.toString()`, which minifiers break: they rename the variables that the script looks for.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const folder = '@tensorflow/tfjs-backend-wasm/wasm-out';
const { version } = require('@tensorflow/tfjs-backend-wasm/package.json');

const notice = `/*! @license
 * Made of ${folder} ${version}.
 * Copyright Google LLC. Licensed under the Apache License, Version 2.0: https://www.apache.org/licenses/LICENSE-2.0
 * The scripts are unchanged but for the functions that they stand in.
 */`;

/**
 * Names by which the scripts detect Node or a module loader; each is declared as undefined, so that they detect none.
 *
 * webpack replaces `typeof __filename` by 'string' but not `__filename` itself, which no page defines.
 */
const hidden = ['process', 'require', 'exports', 'module', 'define', '__filename', '__dirname'];

/** Wraps a script in a function that returns the module's factory; `given` names the globals to pass as arguments. */
function factoryMaker(script, factory, given = []) {
  return `export function makeFactory(${given.join(', ')}) {
  let ${hidden.join(', ')};
${script}
  return ${factory};
}`;
}

/** Emscripten's worker with the script that it would import placed before it, so that it loads no file. */
function workerText(script, worker) {
  // Bun's workers have no location; the script ignores one that begins with blob:.
  const location = "self.location ??= { href: 'blob:' };";
  return `${location}\n(importScripts => {\nlet ${hidden.join(', ')};\n${script}\n${worker}\n})(() => {});`;
}

const read = (file) => readFile(require.resolve(`${folder}/${file}`), 'utf8');
const readBinary = (file) => readFile(require.resolve(`${folder}/${file}`), 'base64');

await mkdir(new URL('../generated/tfjs/', import.meta.url), { recursive: true });

// As in tfjs: the script of the plain module also starts the module with SIMD. The SIMD module's own script does not.
const script = await read('tfjs-backend-wasm.js');
await write(
  'simd',
  [factoryMaker(script, 'WasmBackendModule')],
  'export declare function makeFactory(): unknown;',
);
await writeBinary('simdBinary', await readBinary('tfjs-backend-wasm-simd.wasm'));

const threadedScript = await read('tfjs-backend-wasm-threaded-simd.js');
const { wasmWorkerContents } = require(`${folder}/tfjs-backend-wasm-threaded-simd.worker.js`);
// A string literal in the worker's text contains an unescaped line feed.
const worker = wasmWorkerContents.replace(/\n/g, '\\n');
await write(
  'threadedSimd',
  [
    factoryMaker(threadedScript, 'WasmBackendModuleThreadedSimd', ['Worker']),
    `export const workerText = ${JSON.stringify(workerText(threadedScript, worker))};`,
  ],
  'export declare const workerText: string;\nexport declare function makeFactory(Worker: object): unknown;',
);
await writeBinary('threadedSimdBinary', await readBinary('tfjs-backend-wasm-threaded-simd.wasm'));

function writeBinary(name, binary) {
  return write(name, [`export const binary = '${binary}';`], 'export declare const binary: string;');
}

async function write(name, parts, types) {
  const file = new URL(`../generated/tfjs/${name}`, import.meta.url);
  await writeFile(`${fileURLToPath(file)}.js`, `${[notice, ...parts].join('\n')}\n`);
  await writeFile(`${fileURLToPath(file)}.d.ts`, `${types}\n`);
}
