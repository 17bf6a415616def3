import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBackend } from '@normlab/backends';
import { randomStream } from '@normlab/random';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import {
  avgPool,
  backend,
  batchNorm,
  concat,
  conv2d,
  depthwiseConv2d,
  exp,
  grads,
  matMul,
  maxPool,
  moments,
  prelu,
  relu,
  reshape,
  softmax,
  sum,
  type Tensor,
  type Tensor4D,
  tanh,
  tensor,
  tidy,
  transpose,
} from '@tensorflow/tfjs-core';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../..', import.meta.url));

describe('threads', () => {
  it('answers(threads) = answers(1), bit for bit', async () => {
    const alone = await answers(1);
    for (const threads of [2, 3, 4, 8]) {
      const shared = await answers(threads);
      for (const [name, bits] of alone) {
        expect(shared.get(name), `${name} with ${threads} threads`).toBe(bits);
      }
    }
  });

  it('are as many as requested in tfjs’s own pool, whatever the machine has, but at most 8', async () => {
    for (const [threads, pool] of [
      [1, 1],
      [5, 5],
      [11, 8],
    ] as const) {
      const opened = await openBackend('wasm', { threads });
      expect(opened.threads).toBe(threads);
      expect((backend() as BackendWasm).wasm.tfjs.getThreadsCount()).toBe(pool);
      await opened.close();
    }
  });

  it('leave no global and no listener in the process', async () => {
    const traces = () => [
      process.listeners('uncaughtException').length,
      process.listeners('unhandledRejection').length,
      Object.getOwnPropertyDescriptor(globalThis, 'Worker'),
    ];
    const before = traces();
    const opened = await openBackend('wasm', { threads: 2 });
    expect(traces()).toEqual(before);
    await opened.close();
    expect(traces()).toEqual(before);
  });

  it.each(['left open', 'closed'])('do not keep the process alive: %s', async (way) => {
    const output = await run(`
      import { BackendWasm, setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
      import { matMul, ones, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
      import { threadedModule } from './src/wasm/threadedModule.js';
      removeBackend('wasm');
      const { module, pool } = await threadedModule(3);
      setThreadsCount(3);
      registerBackend('wasm', () => new BackendWasm(module));
      await setBackend('wasm');
      console.log(matMul(ones([64, 64]), ones([64, 64])).dataSync()[0]);
      if (${way === 'closed'}) {
        removeBackend('wasm');
        await pool.end();
      }
      console.log('end');
    `);
    expect(output).toBe('64\nend\n');
  });
});

/** Runs an ES module of this package in a separate process; fails unless it ends with status 0. */
async function run(contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder, loader: 'ts' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    external: ['@tensorflow/*'],
    tsconfig: fileURLToPath(new URL('../../../../tsconfig.json', import.meta.url)),
    write: false,
  });
  const child = promisify(execFile)(process.execPath, ['--input-type=module', '-'], {
    cwd: folder,
    timeout: 300_000,
  });
  child.child.stdin!.end(outputFiles[0]!.text);
  return (await child).stdout;
}

/** Hashes of the results of the operations of training, at shapes that are larger than one tile. */
async function answers(threads: number): Promise<Map<string, string>> {
  const opened = await openBackend('wasm', { threads });
  const bits = new Map<string, string>();
  try {
    const stream = randomStream(7);
    const random = (...shape: number[]) =>
      tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => stream.normal()),
        shape,
      );
    const keep = (name: string, compute: () => Tensor) => {
      const values = tidy(() => compute().dataSync());
      bits.set(name, createHash('sha256').update(new Uint8Array(values.buffer)).digest('hex'));
    };
    const x = random(5, 17, 19, 33) as Tensor4D;
    const w = random(3, 3, 33, 41) as Tensor4D;
    const depthwise = random(3, 3, 33, 2) as Tensor4D;
    const a = random(131, 67);
    const b = random(67, 93);
    keep('conv2d', () => conv2d(x, w, 1, 'same'));
    keep('conv2d stride 2', () => conv2d(x, w, 2, 'valid'));
    for (const stride of [1, 2]) {
      keep(`conv2d gradients, stride ${stride}`, () => {
        const [dx, dw] = grads((u, v) => conv2d(u as Tensor4D, v as Tensor4D, stride, 'same'))([x, w]);
        return concat([reshape(dx!, [-1]), reshape(dw!, [-1])]);
      });
    }
    keep('depthwiseConv2d', () => depthwiseConv2d(x, depthwise, 1, 'same'));
    keep('matMul', () => matMul(a, b));
    keep('matMul, transposed', () => matMul(transpose(b), a, false, true));
    keep('matMul with transposeA, transposeB', () =>
      concat([matMul(b, a, true, true), matMul(a, a, false, true)]),
    );
    keep('maxPool', () => maxPool(x, 3, 2, 'same'));
    keep('avgPool', () => avgPool(x, 3, 1, 'valid'));
    keep('pool gradients', () => {
      const pools = grads((u) =>
        concat([maxPool(u as Tensor4D, 2, 2, 'valid'), avgPool(u as Tensor4D, 2, 2, 'valid')]),
      );
      return pools([x])[0]!;
    });
    keep('prelu', () => prelu(x, random(33)));
    keep('relu, tanh, exp', () => concat([relu(x), tanh(x), exp(x)]));
    keep('softmax', () => softmax(a));
    keep('sum', () => sum(x, [0, 1, 2]));
    keep('moments and batchNorm', () => {
      const { mean, variance } = moments(x, [0, 1, 2]);
      return batchNorm(x, reshape(mean, [-1]), reshape(variance, [-1]));
    });
  } finally {
    await opened.close();
  }
  return bits;
}
