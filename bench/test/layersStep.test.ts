import { onBackends } from '@normlab/testing';
import { memory } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { layersStep } from '../src/benchmarks/layersStep.js';
import type { Peers } from '../src/peers/openPeers.js';
import { CannotRun, type Peer } from '../src/peers/peerProcess.js';
import { prepareLayersStep } from '../src/workloads/layersStep.js';

onBackends('a step of MobileNet of layers of tf.layers', ['wasm', 'cpu'], () => {
  it('runs again and again, and keeps no tensors', async () => {
    const before = memory().numTensors;
    const { once, release } = prepareLayersStep({ kind: 'layers-step', width: 1 / 32, batch: 2, size: 8 });
    await once();
    const during = memory().numTensors;
    await once();
    expect(memory().numTensors).toBe(during);
    release();
    // tfjs's momentum keeps one scalar when it is disposed.
    expect(memory().numTensors).toBe(before + 1);
  });
});

it('layersStep: a row beside tfjs cpu, and one that says why tfjs wasm has no time', async () => {
  const peer = (name: string, threads: number, seconds: number | string): Peer => ({
    name,
    threads,
    description: name,
    time: async (_, repeats) => {
      if (typeof seconds === 'string') throw new CannotRun(seconds);
      return { seconds: seconds * repeats };
    },
    forget: async () => {},
    close: async () => {},
  });
  const peers = {
    ours: new Map([[1, peer('normlab', 1, 0.5)]]),
    stockCpu: peer('tfjs cpu', 1, 4),
    stockWasm: peer('tfjs wasm', 1, "Kernel 'X' not registered"),
  } as unknown as Peers;
  const context = { peers, python: undefined, threadCounts: [1], runs: 2, seconds: 0.01 };
  const [section] = await layersStep(context);
  expect(section!.rows).toMatchObject([
    { ours: 16, peer: 2, peerName: 'tfjs cpu, 1 thread', ratio: 8, unit: 'images/s' },
    { ours: 16, peer: null, peerName: 'tfjs wasm, 1 thread', note: "cannot run: Kernel 'X' not registered" },
  ]);
});
