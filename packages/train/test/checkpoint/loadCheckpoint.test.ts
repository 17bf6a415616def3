import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenBackend, openBackend } from '@normlab/backends';
import { DataError, NormlabError } from '@normlab/errors';
import { nodeFileSystem, writeWhole } from '@normlab/files';
import { type Model, parseSpec } from '@normlab/models';
import { messageOf, temporaryFolder } from '@normlab/testing';
import {
  cloneState,
  constant,
  decodeSafetensors,
  disposeState,
  encodeSafetensors,
  fit,
  initState,
  type Safetensors,
  type SafetensorsEntry,
  sgd,
  type TrainState,
} from '@normlab/train';
import { loadCheckpoint, saveCheckpoint } from '@normlab/train/node';
import { memory, tensor2d } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blankHash, withHash } from '../../src/checkpoint/checkpointFile.js';
import { nodeSha256 } from '../../src/checkpoint/nodeSha256.js';
import { stateBytes } from '../support/stateBytes.js';
import { tinyModel } from '../support/tinyModel.js';
import { toyBatches } from '../support/toyBatches.js';

const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9 });
const meta = { seed: 3, spec: tinyModel.spec };
const recipe = { model: tinyModel, optimizer, seed: 3, stepsPerEpoch: 4, batches: toyBatches() };
const dataName = 'checkpoint.safetensors';

/** A folder with the checkpoint of a run aborted after some steps, in the middle of an epoch. */
async function abortedRun(steps: number): Promise<{ folder: string; state: TrainState }> {
  const folder = await temporaryFolder();
  const controller = new AbortController();
  let state: TrainState | undefined;
  for await (const event of fit({ ...recipe, steps: 100, signal: controller.signal })) {
    if (event.type === 'step' && event.step === steps) controller.abort();
    if (event.type === 'checkpoint' && controller.signal.aborted) {
      await saveCheckpoint(folder, event.state, meta);
      state = cloneState(event.state);
    }
  }
  return { folder, state: state! };
}

/** The bytes of a checkpoint file with a correct hash. */
function sealed({ entries, metadata }: Safetensors): Uint8Array {
  const blank = encodeSafetensors({ entries, metadata: { ...metadata, sha256: blankHash } });
  return withHash(blank, nodeSha256(blank), blankHash);
}

/** A checkpoint of the tiny model at the start, and its file's bytes. */
async function fresh(): Promise<{
  folder: string;
  bytes: Buffer;
  messageFor(bytes: Uint8Array): Promise<string>;
}> {
  const folder = await temporaryFolder();
  const state = initState(tinyModel, optimizer, 3);
  await saveCheckpoint(folder, state, meta);
  disposeState(state);
  const file = join(folder, dataName);
  return {
    folder,
    bytes: await readFile(file),
    messageFor: async (bytes) => {
      await writeFile(file, bytes);
      return (await messageOf(() => loadCheckpoint(folder))).replace(folder, 'FOLDER');
    },
  };
}

describe.each(['cpu', 'wasm'] as const)('loadCheckpoint on %s', (name) => {
  let backend: OpenBackend;
  beforeAll(async () => {
    backend = await openBackend(name, { threads: 1 });
  });
  afterAll(() => backend.close());

  it.each([
    ['any model', {}],
    ['its model', { model: tinyModel }],
  ])('load(save(state)) = state, bit for bit (%s)', async (_, options) => {
    const { folder, state } = await abortedRun(6);
    expect(state.progress?.images).toBe(12);
    const tensors = memory().numTensors;
    const loaded = await loadCheckpoint(folder, options);
    expect(memory().numTensors).toBe(tensors + 8);
    expect(await stateBytes(loaded.state)).toBe(await stateBytes(state));
    expect(loaded.meta).toEqual(meta);
    disposeState(loaded.state);
    disposeState(state);
  });

  it('compares with the model’s variable plan, without creating variables: those of a large model take seconds', async () => {
    const { folder } = await fresh();
    const init = () => {
      throw new Error('init was called');
    };
    const { state } = await loadCheckpoint(folder, { model: { ...tinyModel, init } });
    disposeState(state);
  });

  it('returns variables in the order of the model', async () => {
    const { folder } = await fresh();
    const { state } = await loadCheckpoint(folder, { model: tinyModel });
    const { params, stats } = tinyModel.init(1);
    expect(Object.keys(state.params)).toEqual(Object.keys(params));
    expect(Object.keys(state.stats)).toEqual(Object.keys(stats));
    disposeState(state);
    disposeState({ ...state, params, stats, optimizer: {} });
  });

  it('a run stopped, saved, loaded and resumed ends with the same bytes as an uninterrupted run', async () => {
    const endOf = async (state?: TrainState): Promise<Buffer> => {
      const folder = await temporaryFolder();
      const from = state === undefined ? {} : { state };
      for await (const event of fit({ ...recipe, ...from, steps: 10 })) {
        if (event.type === 'checkpoint') await saveCheckpoint(folder, event.state, meta);
      }
      return readFile(join(folder, dataName));
    };
    const wanted = await endOf();
    for (const stop of [1, 4, 6, 9]) {
      const { folder, state } = await abortedRun(stop);
      disposeState(state);
      const loaded = await loadCheckpoint(folder, { model: tinyModel });
      expect((await endOf(loaded.state)).equals(wanted), `stopped after step ${stop}`).toBe(true);
      disposeState(loaded.state);
    }
  });

  it('killed at any call of a save, the folder holds the state before or the state after', async () => {
    const [old, next] = [await abortedRun(2), await abortedRun(5)];
    const names = [dataName, 'checkpoint.json'];
    const read = (folder: string) =>
      Promise.all(names.map(async (name) => ({ name, content: [await readFile(join(folder, name))] })));
    const [oldFiles, nextFiles] = [await read(old.folder), await read(next.folder)];
    const [oldBits, nextBits] = [await stateBytes(old.state), await stateBytes(next.state)];
    for (let kill = 1; kill <= 7; kill++) {
      const folder = join(await temporaryFolder(), 'run');
      await mkdir(folder);
      await writeWhole(folder, oldFiles, { survives: 'power-loss' });
      let calls = 0;
      const until =
        <A extends unknown[]>(call: (...rest: A) => Promise<unknown>) =>
        async (...rest: A): Promise<void> => {
          if (++calls >= kill) throw new Error('killed');
          await call(...rest);
        };
      const { mkdir: make, write, rename, remove, syncFolder } = nodeFileSystem;
      const fileSystem = {
        mkdir: until(make),
        write: until(write),
        rename: until(rename),
        remove: until(remove),
        syncFolder: until(syncFolder),
      };
      const saving = writeWhole(folder, nextFiles, { survives: 'power-loss', fileSystem });
      if (kill <= 6) await expect(saving).rejects.toThrow('killed');
      else await saving;
      const { state } = await loadCheckpoint(folder, { model: tinyModel });
      expect(await stateBytes(state), `killed at call ${kill}`).toBe(kill <= 4 ? oldBits : nextBits);
      disposeState(state);
    }
    disposeState(old.state);
    disposeState(next.state);
  });

  it('refuses a file cut short anywhere, or with any byte changed, and names it', async () => {
    const { folder, bytes } = await fresh();
    const file = join(folder, dataName);
    const tensors = memory().numTensors;
    const wrong = Array.from({ length: Math.floor(bytes.length / 41) }, (_, index) => 41 * index).flatMap(
      (at) => [bytes.subarray(0, at), Buffer.from(bytes).fill(bytes[at]! ^ 0x10, at, at + 1)],
    );
    for (const each of wrong) {
      await writeFile(file, each);
      const error: unknown = await loadCheckpoint(folder).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(DataError);
      expect(error instanceof NormlabError && error.message).toContain(file);
    }
    expect(memory().numTensors).toBe(tensors);
  });

  it('says what is wrong and what to do', async () => {
    const { bytes, messageFor } = await fresh();
    const text = bytes.toString('latin1');
    const changed = (from: string, to: string): Buffer => Buffer.from(text.replace(from, to), 'latin1');
    expect([
      await messageFor(bytes.subarray(0, 100)),
      await messageFor(bytes.subarray(0, -1)),
      (await messageFor(changed('"seed":"3"', '"seed":"4"'))).replaceAll(/[0-9a-f]{64}/g, 'HASH'),
      await messageFor(changed('"version":"1"', '"version":"2"')),
      await messageFor(changed('"version":"1"', '"version":"0"')),
      await messageFor(changed('"version":"1"', '"version":"x"')),
      await messageFor(changed('normlab-checkpoint', 'another-checkpoint')),
      await messageOf(() => loadCheckpoint('no/such/run')),
    ]).toMatchInlineSnapshot(`
      [
        "DataError: decodeSafetensors: FOLDER/checkpoint.safetensors must hold the 1344 bytes that its header announces, got "100 bytes" (it was cut short or is not a safetensors file: use another copy).",
        "DataError: decodeSafetensors: FOLDER/checkpoint.safetensors must hold the 2248 bytes that its header announces, got "2247 bytes" (it was cut short or is not a safetensors file: use another copy).",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must have the SHA-256 in its header, HASH, got "HASH" (it was changed after it was written: use another copy).",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be of version 1, got "2" (a newer normlab wrote it: update @normlab/train).",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be of version 1, got "0".",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be of version 1, got "x".",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be a checkpoint, of format normlab-checkpoint, got "another-checkpoint".",
        "DataError: loadCheckpoint: no/such/run/checkpoint.safetensors must be a file that can be read, got "ENOENT: no such file or directory, open 'no/such/run/checkpoint.safetensors'" (is this the folder of a run that has reached its first checkpoint?).",
      ]
    `);
  });

  it('has the error behind its own as cause, and asks for another folder only where the file is missing', async () => {
    const { folder, bytes } = await fresh();
    const errorOf = (at: string): Promise<unknown> => loadCheckpoint(at).catch((thrown: unknown) => thrown);
    expect(await errorOf('no/such/run')).toMatchObject({ cause: { code: 'ENOENT' } });
    const { entries, metadata } = decodeSafetensors(bytes, 'x');
    await writeFile(join(folder, dataName), sealed({ entries, metadata: { ...metadata, spec: '{}' } }));
    expect(await errorOf(folder)).toMatchObject({ cause: { name: 'SpecError' } });
    await mkdir(join(folder, 'run', dataName), { recursive: true });
    const message = await messageOf(() => loadCheckpoint(join(folder, 'run')));
    expect(message.replace(folder, 'FOLDER')).toBe(
      'DataError: loadCheckpoint: FOLDER/run/checkpoint.safetensors must be a plain file, got "a folder".',
    );
  });

  it('validates the content although the hash is right', async () => {
    const { bytes, messageFor } = await fresh();
    const { entries, metadata } = decodeSafetensors(bytes, 'x');
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const name = 'params/dense/kernel';
    const kernel = entries[name]!;
    const withMeta = (change: Record<string, string>) => ({ entries, metadata: { ...metadata, ...change } });
    const withEntry = (key: string, change: Partial<SafetensorsEntry>) => ({
      entries: Object.fromEntries([...Object.entries(entries), [key, { ...kernel, ...change }]]),
      metadata,
    });
    const tensors = memory().numTensors;
    const messages: string[] = [];
    for (const content of [
      withMeta({ progress: '{}' }),
      withMeta({ progress: '{"loss":"x","correct":1,"images":2}' }),
      withMeta({ progress: '{"loss":1,"correct":3,"images":2}' }),
      withMeta({ progress: '{"loss":1,"correct":-1,"images":2}' }),
      withMeta({ progress: '{"loss":1,"correct":0.5,"images":2}' }),
      withMeta({ progress: '{"loss":1,"correct":0,"images":0}' }),
      withMeta({ progress: 'null' }),
      withMeta({ progress: deep }),
      withMeta({ progress: '{' }),
      withMeta({ step: '' }),
      withMeta({ step: '1e3' }),
      withMeta({ seed: '4294967296' }),
      withMeta({ spec: deep }),
      withMeta({ spec: '{' }),
      withMeta({ spec: '{}' }),
      withEntry(name, { values: Float32Array.from(kernel.values).fill(Number.NaN, 1, 2) }),
      withEntry('stats/norm1/mean', { values: Float32Array.from(kernel.values).fill(Infinity, 0, 1) }),
      withEntry('optimizer/dense/kernel/velocity', { shape: [15] }),
      withEntry('optimizer/dense/kernel/velocity', { dtype: 'I32', values: new Int32Array(15) }),
      withEntry('optimizer/__proto__/velocity', {}),
    ]) {
      const message = await messageFor(sealed(content));
      expect(message.length).toBeLessThan(80 * 23);
      messages.push(message.replaceAll(/\[{20,}/g, '[…'));
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {"loss":"x","correct":1,"images":2}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {"loss":1,"correct":3,"images":2}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {"loss":1,"correct":-1,"images":2}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {"loss":1,"correct":0.5,"images":2}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got {"loss":1,"correct":0,"images":0}.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got null.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must hold a loss and the numbers of correct and of all images, got an array that JSON cannot show.",
        "DataError: loadCheckpoint: progress of FOLDER/checkpoint.safetensors must be JSON, got "{".",
        "DataError: loadCheckpoint: step of FOLDER/checkpoint.safetensors must be an integer in [0, 9007199254740991], got "".",
        "DataError: loadCheckpoint: step of FOLDER/checkpoint.safetensors must be an integer in [0, 9007199254740991], got "1e3".",
        "DataError: loadCheckpoint: seed of FOLDER/checkpoint.safetensors must be an integer in [0, 4294967295], got 4294967296.",
        "DataError: loadCheckpoint: spec of FOLDER/checkpoint.safetensors: spec must nest at most 100 layers inside one another.",
        "DataError: loadCheckpoint: spec of FOLDER/checkpoint.safetensors must be JSON, got "{".",
        "DataError: loadCheckpoint: spec of FOLDER/checkpoint.safetensors: name must be a string, but is missing.",
        "DataError: loadCheckpoint: params/dense/kernel[1] of FOLDER/checkpoint.safetensors must be finite, got "NaN".",
        "DataError: loadCheckpoint: stats/norm1/mean[0] of FOLDER/checkpoint.safetensors must be finite, got "Infinity".",
        "DataError: loadCheckpoint: optimizer/dense/kernel/velocity of FOLDER/checkpoint.safetensors must be F32 of shape [5,3], as its variable is, got "F32 [15]".",
        "DataError: loadCheckpoint: optimizer/dense/kernel/velocity of FOLDER/checkpoint.safetensors must be F32 of shape [5,3], as its variable is, got "I32 [5,3]".",
        "DataError: loadCheckpoint: optimizer/__proto__/velocity of FOLDER/checkpoint.safetensors must be named <a variable's path>/<name>, got "F32 [5,3]".",
      ]
    `);
    expect(memory().numTensors).toBe(tensors);
  });

  it('refuses metadata that lack a part', async () => {
    const { bytes, messageFor } = await fresh();
    const { entries, metadata } = decodeSafetensors(bytes, 'x');
    const without = (key: string) => ({
      entries,
      metadata: Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== key)),
    });
    expect(await messageFor(encodeSafetensors(without('sha256')))).toMatch(
      /^DataError: loadCheckpoint: FOLDER\/checkpoint.safetensors must have the SHA-256 in its header, , got "[0-9a-f]{64}"/,
    );
    const messages: string[] = [];
    for (const key of ['format', 'version', 'spec', 'step']) {
      messages.push(await messageFor(sealed(without(key))));
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be a checkpoint, of format normlab-checkpoint, got "none".",
        "DataError: loadCheckpoint: FOLDER/checkpoint.safetensors must be of version 1, got "none".",
        "DataError: loadCheckpoint: spec of FOLDER/checkpoint.safetensors: spec must be an object, got null.",
        "DataError: loadCheckpoint: step of FOLDER/checkpoint.safetensors must be an integer in [0, 9007199254740991], got null.",
      ]
    `);
  });

  it('int32 variables keep their type', async () => {
    const folder = await temporaryFolder();
    const counts = tensor2d([[1, -2, 2 ** 31 - 1]], [1, 3], 'int32');
    const state: TrainState = { params: {}, stats: { 'a/count': counts }, optimizer: {}, step: 1 };
    await saveCheckpoint(folder, state, meta);
    const { state: loaded } = await loadCheckpoint(folder);
    const { dtype, shape } = loaded.stats['a/count']!;
    expect([dtype, shape]).toEqual(['int32', [1, 3]]);
    expect(loaded.stats['a/count']!.dataSync()).toEqual(counts.dataSync());
    disposeState(state);
    disposeState(loaded);
  });

  it('says which part of the spec one of the two lacks', async () => {
    const folder = await temporaryFolder();
    const [conv, norm, tanh, ...others] = tinyModel.spec.layers;
    const of = (...layers: unknown[]): Model => ({
      ...tinyModel,
      spec: parseSpec({ ...tinyModel.spec, layers: [conv, ...layers, ...others] }),
    });
    const messageBetween = async (saved: Model, model: Model): Promise<string> => {
      const state = initState(tinyModel, optimizer, 3);
      await saveCheckpoint(folder, state, { seed: 3, spec: saved.spec });
      disposeState(state);
      return messageOf(() => loadCheckpoint(folder, { model }));
    };
    const named = of({ ...norm, kind: 'batch' }, tanh);
    expect(await messageBetween(tinyModel, named)).toContain(
      `must have the model's spec.layers[1].kind, "batch", got "none"`,
    );
    expect(await messageBetween(named, tinyModel)).toContain(
      `must have the model's spec.layers[1].kind, absent, got "batch"`,
    );
    const sum = { type: 'residual', name: 'sum', layers: [tanh] };
    const relu = { type: 'activation', name: 'relu', kind: 'relu' };
    const [plain, around] = [of(norm, sum), of(norm, { ...sum, shortcut: [relu] })];
    expect(await messageBetween(plain, around)).toContain(
      `must have the model's spec.layers[2].shortcut, [{"kind":"relu","name":"relu","type":"activation"}], got "none"`,
    );
    expect(await messageBetween(around, plain)).toContain(
      `must have the model's spec.layers[2].shortcut, absent, got [{`,
    );
  });

  it('refuses variables of another type or name than the model’s, behind a right hash', async () => {
    const { bytes, folder } = await fresh();
    const { entries, metadata } = decodeSafetensors(bytes, 'x');
    const name = 'params/dense/kernel';
    const kernel = entries[name]!;
    const int: SafetensorsEntry = { ...kernel, dtype: 'I32', values: Int32Array.from(kernel.values) };
    const messages: string[] = [];
    for (const [key, entry] of [
      [name, int],
      ['params/__proto__', kernel],
      ['stats/count', kernel],
    ] as const) {
      const all = Object.fromEntries([...Object.entries(entries), [key, entry]]);
      await writeFile(join(folder, dataName), sealed({ entries: all, metadata }));
      messages.push(
        (await messageOf(() => loadCheckpoint(folder, { model: tinyModel }))).replace(folder, 'FOLDER'),
      );
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold params/dense/kernel as F32, got "I32" (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold no params/__proto__, got [5,3] (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold no stats/count, got [5,3] (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
      ]
    `);
  });

  it('names the first variable, or the first part of the spec, that differs in another model', async () => {
    const { folder } = await fresh();
    const [conv, norm, tanh, dropout, pool, dense] = tinyModel.spec.layers;
    const of = (...layers: object[]): Model => ({
      ...tinyModel,
      spec: parseSpec({ ...tinyModel.spec, layers }),
    });
    const wider: Model = {
      ...tinyModel,
      spec: parseSpec({
        ...tinyModel.spec,
        classes: 4,
        layers: [conv, norm, tanh, dropout, pool, { ...dense, units: 4 }],
      }),
    };
    const withGain = of(conv!, { ...norm, gain: true }, tanh!, dropout!, pool!, dense!);
    const smaller = of(conv!, norm!, tanh!, dropout!, pool!, { ...dense, bias: false });
    const slower = of(conv!, { ...norm, decay: 0.99 }, tanh!, dropout!, pool!, dense!);
    const tensors = memory().numTensors;
    const messages = [wider, withGain, smaller, slower].map((model) =>
      messageOf(() => loadCheckpoint(folder, { model })),
    );
    const shown = (await Promise.all(messages)).map((message) => message.replace(folder, 'FOLDER'));
    expect(shown).toMatchInlineSnapshot(`
      [
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold params/dense/kernel of shape [5,4], got [5,3] (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold params/norm1/scale of shape [5], got "none" (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must hold no params/dense/bias, got [3] (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
        "TrainError: loadCheckpoint: FOLDER/checkpoint.safetensors must have the model's spec.layers[1].decay, 0.99, got 0.9 (it belongs to another model: build the model from the spec in the checkpoint, or choose another run).",
      ]
    `);
    expect(memory().numTensors).toBe(tensors);
  });
});
