import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { randomStream } from '@normlab/random';
import { normalArray, toTensor, unitRoundoff } from '@normlab/testing';
import { registerWasmKernels } from '@normlab/wasm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import { layers, model as modelOf } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import { type Kind, kinds, outputOf } from './support/stockKinds.js';

it('docs/tf-layers.md: one training step of each kind of layer on wasm', async () => {
  const rows: string[] = [];
  const reference = new Map<string, Outcome>();
  const bounds = new Map<string, number>();
  await tf.setBackend('cpu');
  for (const [name, kind] of Object.entries(kinds)) {
    const outcome = await step(kind);
    reference.set(name, outcome);
    if (typeof outcome !== 'string') bounds.set(name, await boundOf(kind, outcome));
  }
  await tf.setBackend('wasm');
  const stock = await onWasm(reference, bounds);
  const kernels = await registerWasmKernels();
  const ours = await onWasm(reference, bounds);
  await kernels.close();
  for (const [name, { note }] of Object.entries(kinds)) {
    rows.push(`| \`${name}\` | ${stock.get(name)} | ${ours.get(name)} | ${note ?? ''} |`);
  }
  await expect(document(rows)).toMatchFileSnapshot('../../../docs/tf-layers.md');
  for (const [name, { result = 'yes' }] of Object.entries(kinds)) {
    expect(`${name}: ${ours.get(name)}`).toContain(`${name}: ${result}`);
  }
});

/** The weights after a step, or the message of the error. */
type Outcome = number[] | string;

async function onWasm(reference: Map<string, Outcome>, bounds: Map<string, number>) {
  const results = new Map<string, string>();
  for (const [name, kind] of Object.entries(kinds)) {
    const [outcome, expected] = [await step(kind), reference.get(name)!];
    if (typeof outcome === 'string') results.set(name, `no: ${outcome}`);
    else if (typeof expected === 'string') results.set(name, 'no: cpu cannot');
    else results.set(name, largestDifference(outcome, expected) <= bounds.get(name)! ? 'yes' : 'wrong');
  }
  return results;
}

/** One step of SGD on the active backend, from weights that are the same everywhere; `eta` changes each by that share. */
async function step(kind: Kind, eta = 0, seed = 0): Promise<Outcome> {
  const { shape, indices, batch = 3 } = kind;
  const stream = randomStream(seed);
  const shaken = (value: number) => value * (1 + (stream.uniform() < 0.5 ? eta : -eta));
  tf.engine().startScope();
  try {
    const input = layers.input({ shape: [...shape] });
    const model = modelOf({ inputs: input, outputs: outputOf(kind, input) });
    const weights = model.getWeights().map(({ shape: each }, place) => {
      const { values } = normalArray(each, 20 + place, { mean: 0.3, deviation: 0.4 });
      return toTensor({ shape: each, values: values.map((value) => shaken(Math.abs(value))) });
    });
    model.setWeights(weights);
    const x = normalArray([batch, ...shape], 1);
    const values = x.values.map((value, place) => (indices ? place % 7 : shaken(value)));
    model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
    await model.trainOnBatch(toTensor({ shape: x.shape, values }), toTensor(normalArray([batch, 2], 2)));
    return model.getWeights().flatMap((each) => [...each.dataSync()]);
  } catch (error) {
    return (error as Error).message.split('\n')[0]!;
  } finally {
    tf.engine().endScope();
  }
}

/**
 * Rounding in a sum of n products has the effect of changing its factors by relative errors of at most γ(n). How much such
 * changes of all inputs and weights change the weights after the step is measured with ±η, and scaled to γ(n), for two
 * backends and at most six sums forward and six backward; n is at most 300, the elements of a layer's input.
 */
async function boundOf(kind: Kind, outcome: number[]): Promise<number> {
  const eta = 1e-3;
  const effects: number[] = [];
  for (const seed of [1, 2, 3]) {
    const changed = await step(kind, eta, seed);
    if (typeof changed === 'string') throw new Error(changed);
    effects.push(largestDifference(changed, outcome));
  }
  return (2 * 12 * 300 * unitRoundoff * Math.max(...effects)) / eta;
}

function largestDifference(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length || a.some(Number.isNaN)) return Number.POSITIVE_INFINITY;
  return Math.max(...a.map((value, place) => Math.abs(value - b[place]!)));
}

function document(rows: readonly string[]): string {
  return `# Layers of tf.layers on the WASM backend

One step of \`model.fit\` with SGD, in a model with a layer of each kind between layers with weights: "yes" means that all
weights after the step are those of tfjs's cpu backend, up to rounding. \`npx vitest run
packages/layers/test/stockKinds.test.ts\` compares them, and writes this page with \`--update=all\` at its end. TensorFlow.js 4.22.0, Node, one thread, 2026-11-26.

| tf.layers | stock tfjs | with \`registerWasmKernels\` or \`openBackend('wasm')\` | |
|---|---|---|---|
${rows.join('\n')}
`;
}
