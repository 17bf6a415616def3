import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { openChromium, servePages } from '@normlab/pages';
import { root } from './workspace.js';

/** The share of right answers by chance is .1; a few epochs of each example reach at least this. */
const least = 0.3;

/** Copies each program of `examples/` into a folder, installs what its package.json names, and runs it. */
export async function tryExamples(folder, run) {
  for (const [name, tryProgram] of Object.entries(examples)) {
    const place = join(folder, name);
    cpSync(join(root, 'examples', name), place, { recursive: true });
    await run(place, 'npm', ['install']);
    await tryProgram(place, run);
    console.log(`example ${name} runs`);
  }
}

const examples = { 'node-wasm': tryNode, 'tf-layers': tryTfLayers, 'vite-worker': tryPage };

async function tryNode(place, run) {
  const said = await run(place, 'npm', ['start']);
  assert.ok(accuracies(said).at(-1) >= least, said);
}

async function tryTfLayers(place, run) {
  const said = await run(place, 'npm', ['start']);
  const [trained, loaded] = accuracies(said);
  assert.ok(trained >= least && loaded === trained, said);
}

function accuracies(said) {
  return [...said.matchAll(/test accuracy.*?: (\d\.\d+)$|test accuracy (\d\.\d+)$/gm)].map((match) =>
    Number(match[1] ?? match[2]),
  );
}

/** The built page, with and without the headers that allow threads. */
async function tryPage(place, run) {
  await run(place, 'npm', ['run', 'build', '--', '--base', './']);
  const chromium = await openChromium();
  if (!('browser' in chromium)) return console.log(`SKIPPED the page of vite-worker: ${chromium.reason}`);
  const server = await servePages(join(place, 'dist'));
  try {
    const cores = availableParallelism();
    for (const [mode, threads] of Object.entries({
      isolated: cores > 1 ? 'threads' : '1 thread',
      plain: '1 thread',
    })) {
      const page = await chromium.browser.newPage();
      const complaints = [];
      page.on('pageerror', (error) => complaints.push(String(error)));
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      await page.goto(`${server.origin}/${mode}/index.html`);
      const trained = `document.querySelector('#progress').value === 1 &&
        Number(document.querySelector('#accuracy').textContent) >= ${least}`;
      await page.waitForFunction(trained, undefined, { timeout: 900_000 }).catch(async (error) => {
        throw new Error(`${error.message}\n${await page.textContent('body')}\n${complaints.join('\n')}`);
      });
      assert.match(await page.textContent('#backend'), new RegExp(`^wasm: .*${threads},`));
      assert.deepEqual(complaints, []);
      await page.close();
    }
  } finally {
    await server.close();
    await chromium.close();
  }
}
