// Makes generated/tfjs/*.js: tfjs's compiled WASM modules for web pages, as ES modules that need no file beside them,
// so that every bundler carries them. Each holds the binary as base64 and emscripten's script for it.
//
// The script of the threaded module also stands there as text, for the workers. tfjs makes that text of the function
// as it runs (`factory.toString()`), which minifiers break: they rename what its guards look for.
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
 * What the scripts look for to find out that they run in Node or under a module loader: in a page, nothing.
 *
 * webpack takes `typeof __filename` for 'string' and leaves the name itself, which no page has.
 */
const hidden = ['process', 'require', 'exports', 'module', 'define', '__filename', '__dirname'];

/** A script as the body of a function that returns the factory of the module; `given` are globals to replace. */
function factoryMaker(script, factory, given = []) {
  return `export function makeFactory(${given.join(', ')}) {
  let ${hidden.join(', ')};
${script}
  return ${factory};
}`;
}

/** A worker of emscripten's that loads nothing: the script that it wants to import stands before it. */
function workerText(script, worker) {
  // Bun's workers have no location; the script takes one that begins so for none.
  const location = "self.location ??= { href: 'blob:' };";
  return `${location}\n(importScripts => {\nlet ${hidden.join(', ')};\n${script}\n${worker}\n})(() => {});`;
}

const read = (file) => readFile(require.resolve(`${folder}/${file}`), 'utf8');
const readBinary = (file) => readFile(require.resolve(`${folder}/${file}`), 'base64');

await mkdir(new URL('../generated/tfjs/', import.meta.url), { recursive: true });

// As tfjs has it, the script of the plain module also starts the one with SIMD; the latter's own does not.
const script = await read('tfjs-backend-wasm.js');
await write(
  'simd',
  [factoryMaker(script, 'WasmBackendModule')],
  'export declare function makeFactory(): unknown;',
);
await writeBinary('simdBinary', await readBinary('tfjs-backend-wasm-simd.wasm'));

const threadedScript = await read('tfjs-backend-wasm-threaded-simd.js');
const { wasmWorkerContents } = require(`${folder}/tfjs-backend-wasm-threaded-simd.worker.js`);
// A string literal in the worker's text holds a bare line feed.
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
