import { readFile } from 'node:fs/promises';
import { openBackend } from '@normlab/backends';
import { batches, builtIn, stepsPerEpoch as countSteps, crop24 } from '@normlab/datasets';
import * as models from '@normlab/models';
import * as ops from '@normlab/ops';
import { temporaryFolder } from '@normlab/testing';
import * as train from '@normlab/train';
import * as node from '@normlab/train/node';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';

const size = 24;

/** The second column of the table "From tf.layers to normlab": its pieces of code. */
async function codeOfTable(): Promise<string[]> {
  const page = await readFile(new URL('../../../README.md', import.meta.url), 'utf8');
  const section = page.split(/^## /m).find((each) => each.startsWith('From tf.layers to normlab'))!;
  const cells = section.match(/^\| .*\|$/gm)!.map((row) => row.split(' | ').at(-1)!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`@][^`]*[)}])`/g)].map(([, code]) => code!));
}

/** The names that the code of the table uses. */
async function scopeOfTable(model: models.Model, images: tf.Tensor4D) {
  const { params, stats: modelStats } = model.init(1);
  const optimizer = train.sgd({ learningRate: 0.01 });
  const { train: data } = builtIn(1, { train: 40, test: 10 });
  return {
    ...{ ...ops, ...models, ...train, ...node, openBackend, registerWasmKernels },
    ...{ x: images, axes: [0, 1, 2], epsilon: 1e-5, scale: tf.ones([3]), offset: tf.zeros([3]) },
    stats: { ...modelStats, mean: tf.zeros([3]), variance: tf.ones([3]) },
    ...{ model, spec: model.spec, params, images, optimizer, seed: 1, steps: 2 },
    stepsPerEpoch: countSteps(40, 20),
    batches: (epoch: number, from: number) =>
      batches(data, { size: 20, seed: 1, epoch, from, augment: crop24.train }),
    ...{ folder: await temporaryFolder(), state: train.initState(model, optimizer, 1) },
  };
}

it('every piece of code in the table "From tf.layers to normlab" runs', async () => {
  const pieces = await codeOfTable();
  const isLayer = (code: string) => code.startsWith('{ type:');
  expect(pieces.filter(isLayer)).toHaveLength(7);
  expect(pieces.length).toBeGreaterThan(18);

  const cpu = await openBackend('cpu');
  const layers = pieces.filter(isLayer).map((code) => new Function(`return ${code}`)());
  const spec = models.parseSpec({ name: 'all', input: [size, size, 3], classes: 10, layers });
  const scope = await scopeOfTable(models.buildModel(spec), tf.zeros([2, size, size, 3]));
  for (const code of pieces.filter((each) => !isLayer(each))) {
    const run = new Function(...Object.keys(scope), `return (async () => ${code})()`);
    const result = await run(...Object.values(scope)).catch((error: unknown) => `${code}: ${error}`);
    expect(result).not.toBeTypeOf('string');
    for await (const event of isIterable(result) ? result : []) expect(event).toHaveProperty('type');
  }
  expect(tf.getBackend()).toBe('wasm');
  await cpu.close();
});

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
