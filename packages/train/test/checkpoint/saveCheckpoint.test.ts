import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenBackend, openBackend } from '@normlab/backends';
import { nodeFileSystem } from '@normlab/files';
import { messageOf, temporaryFolder } from '@normlab/testing';
import {
  type CheckpointMeta,
  constant,
  decodeSafetensors,
  disposeState,
  encodeCheckpoint,
  fit,
  initState,
  sgd,
  type TrainState,
} from '@normlab/train';
import { loadCheckpoint, saveCheckpoint } from '@normlab/train/node';
import { cast, dispose, memory, scalar, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { tinyModel } from '../support/tinyModel.js';
import { toyBatches } from '../support/toyBatches.js';

const optimizer = sgd({ learningRate: constant(0.1), momentum: 0.9 });
const meta = { seed: 3, spec: tinyModel.spec };

async function bytesOf(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).sort();
  const pairs = names.map(async (name) => [name, await readFile(join(folder, name), 'latin1')]);
  return Object.fromEntries(await Promise.all(pairs));
}

describe.each(['cpu', 'wasm'] as const)('saveCheckpoint on %s', (name) => {
  let backend: OpenBackend;
  beforeAll(async () => {
    backend = await openBackend(name, { threads: 1 });
  });
  afterAll(() => backend.close());

  it('writes every variable of the state, and the metadata for people', async () => {
    const folder = await temporaryFolder();
    const state = { ...initState(tinyModel, optimizer, 3), step: 7 };
    const tensors = memory().numTensors;
    await saveCheckpoint(folder, state, meta);
    expect(memory().numTensors).toBe(tensors);

    const file = await readFile(join(folder, 'checkpoint.safetensors'));
    const { entries } = decodeSafetensors(file, folder);
    expect(Object.keys(entries)).toEqual([
      'optimizer/conv1/kernel/velocity',
      'optimizer/dense/bias/velocity',
      'optimizer/dense/kernel/velocity',
      'params/conv1/kernel',
      'params/dense/bias',
      'params/dense/kernel',
      'stats/norm1/mean',
      'stats/norm1/variance',
    ]);
    expect(entries['params/conv1/kernel']!.values).toEqual(await state.params['conv1/kernel']!.data());
    expect(JSON.parse(await readFile(join(folder, 'checkpoint.json'), 'utf8'))).toEqual({
      format: 'normlab-checkpoint',
      version: 1,
      step: 7,
      seed: 3,
      spec: tinyModel.spec,
      sha256: createHash('sha256').update(file).digest('hex'),
    });
    disposeState(state);
  });

  it('survives a power loss: flushes both files and their names', async () => {
    const state = initState(tinyModel, optimizer, 3);
    const write = vi.spyOn(nodeFileSystem, 'write');
    const syncFolder = vi.spyOn(nodeFileSystem, 'syncFolder');
    const folder = await temporaryFolder();
    await saveCheckpoint(folder, state, meta);
    const flushed = [...write.mock.calls.map(([, , sync]) => sync), ...syncFolder.mock.calls.flat()];
    vi.restoreAllMocks();
    disposeState(state);
    expect(flushed).toEqual([true, true, folder]);
  });

  it('two runs with one seed give the same bytes', async () => {
    const folders = [await temporaryFolder(), await temporaryFolder()] as const;
    const recipe = { model: tinyModel, optimizer, seed: 3, steps: 6, stepsPerEpoch: 4 };
    for (const folder of folders) {
      for await (const event of fit({ ...recipe, batches: toyBatches() })) {
        if (event.type === 'checkpoint') await saveCheckpoint(folder, event.state, meta);
      }
    }
    const [one, two] = [await bytesOf(folders[0]), await bytesOf(folders[1])];
    expect(Object.keys(one)).toEqual(['checkpoint.json', 'checkpoint.safetensors']);
    expect(two).toEqual(one);
  });

  it.skipIf(!existsSync('/dev/full')).each(['checkpoint.safetensors', 'checkpoint.json'])(
    'a disk that is full at %s leaves the previous checkpoint, and no other file',
    async (file) => {
      const folder = await temporaryFolder();
      const state = initState(tinyModel, optimizer, 3);
      await saveCheckpoint(folder, state, meta);
      const before = await bytesOf(folder);
      await symlink('/dev/full', join(folder, `${file}.partial`));
      const message = await messageOf(() => saveCheckpoint(folder, { ...state, step: 1 }, meta));
      expect(message.replace(folder, 'FOLDER')).toBe(
        'TrainError: saveCheckpoint: FOLDER/checkpoint.safetensors must be written completely, got "ENOSPC: no space left ' +
          'on device, write" (the disk is full: free 1 MB and resume; the previous checkpoint, if any, or the new one is there, complete).',
      );
      expect(await bytesOf(folder)).toEqual(before);
      disposeState(state);
    },
  );

  it('says what to do where the folder is a file, or lies below one', async () => {
    const file = join(await temporaryFolder(), 'run');
    await writeFile(file, 'a file');
    const state = initState(tinyModel, optimizer, 3);
    const messageFor = async (folder: string) =>
      (await messageOf(() => saveCheckpoint(folder, state, meta))).replaceAll(file, 'FILE');
    expect(await messageFor(file)).toMatchInlineSnapshot(
      `"TrainError: saveCheckpoint: FILE/checkpoint.safetensors must be written completely, got "EEXIST: file already exists, mkdir 'FILE'" (see that the folder can be written; the previous checkpoint, if any, or the new one is there, complete)."`,
    );
    expect(await messageFor(join(file, 'run'))).toMatchInlineSnapshot(
      `"TrainError: saveCheckpoint: FILE/run/checkpoint.safetensors must be written completely, got "ENOTDIR: not a directory, mkdir 'FILE/run'" (a part of its path is a file, not a folder; the previous checkpoint, if any, or the new one is there, complete)."`,
    );
    await expect(saveCheckpoint(file, state, meta)).rejects.toMatchObject({ cause: { code: 'EEXIST' } });
    disposeState(state);
  });

  it('a folder in place of checkpoint.json leaves the new checkpoint, complete, and no other file', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'checkpoint.json'));
    const state = { ...initState(tinyModel, optimizer, 3), step: 7 };
    const message = await messageOf(() => saveCheckpoint(folder, state, meta));
    expect(message.replaceAll(folder, 'FOLDER')).toMatch(
      /^TrainError: saveCheckpoint: FOLDER\/checkpoint.safetensors must be written completely, got "E[A-Z]+: .*the previous checkpoint, if any, or the new one is there, complete\)\.$/,
    );
    expect((await readdir(folder)).sort()).toEqual(['checkpoint.json', 'checkpoint.safetensors']);
    const loaded = await loadCheckpoint(folder, { model: tinyModel });
    expect(loaded.state.step).toBe(7);
    disposeState(loaded.state);
    disposeState(state);
  });

  it('refuses values that are not finite or have another type', async () => {
    const folder = await temporaryFolder();
    const state = initState(tinyModel, optimizer, 3);
    await saveCheckpoint(folder, state, meta);
    const before = await bytesOf(folder);
    const bad = tensor([1, Number.NaN]);
    const worse = tensor([Number.NEGATIVE_INFINITY, 1]);
    const flag = cast(tensor([1, 0]), 'bool');
    expect([
      await messageOf(() => saveCheckpoint(folder, { ...state, params: { w: bad } }, meta)),
      await messageOf(() => saveCheckpoint(folder, { ...state, optimizer: { w: worse } }, meta)),
      await messageOf(() => saveCheckpoint(folder, { ...state, stats: { flag } }, meta)),
    ]).toMatchInlineSnapshot(`
      [
        "TrainError: saveCheckpoint: params/w[1] must be finite, got NaN (training has diverged; the previous checkpoint is kept).",
        "TrainError: saveCheckpoint: optimizer/w[0] must be finite, got -Infinity (training has diverged; the previous checkpoint is kept).",
        "TrainError: saveCheckpoint: stats/flag must be float32 or int32, got "bool".",
      ]
    `);
    expect(await bytesOf(folder)).toEqual(before);
    disposeState(state);
    dispose([bad, worse, flag]);
  });

  it('refuses what loadCheckpoint would refuse, and keeps the previous checkpoint', async () => {
    const folder = await temporaryFolder();
    const state = initState(tinyModel, optimizer, 3);
    await saveCheckpoint(folder, state, meta);
    const before = await bytesOf(folder);
    const tensors = memory().numTensors;
    const progress = { loss: 2.5, correct: 3, images: 8 };
    const own = {
      scalar: scalar(1),
      velocity: tensor([1, 2, 3]),
      counts: tensor([1, 2, 3], [3], 'int32'),
    };
    const withState = (path: string, each: Tensor): TrainState => ({
      ...state,
      optimizer: { ...state.optimizer, [path]: each },
    });
    const wrong = <T>(json: string): T => JSON.parse(json);
    const calls: [TrainState, CheckpointMeta][] = [
      [withState('count', own.scalar), meta],
      [withState('dense/count', own.scalar), meta],
      [withState('dense/bias/count', own.scalar), meta],
      [withState('dense/bias/moments/first', own.velocity), meta],
      [withState('dense/bias/count', own.counts), meta],
      [{ ...state, step: 0.5 }, meta],
      [{ ...state, step: -1 }, meta],
      [{ ...state, step: 2 ** 53 }, meta],
      [{ ...state, progress: { ...progress, loss: Number.NaN } }, meta],
      [{ ...state, progress: { ...progress, correct: 9 } }, meta],
      [{ ...state, progress: { ...progress, images: 0, correct: 0 } }, meta],
      [{ ...state, progress: wrong('null') }, meta],
      [state, { ...meta, seed: 1.5 }],
      [state, { ...meta, seed: -1 }],
      [state, { ...meta, seed: 2 ** 32 }],
      [state, { ...meta, seed: wrong('"3"') }],
      [state, wrong('{"seed":3}')],
      [state, { ...meta, spec: { ...tinyModel.spec, classes: 4 } }],
    ];
    const messages: string[] = [];
    for (const call of calls) {
      messages.push(await messageOf(() => saveCheckpoint(folder, ...call)));
      const asBytes = await messageOf(() => encodeCheckpoint(...call));
      expect(asBytes).toBe(messages.at(-1)!.replace('saveCheckpoint', 'encodeCheckpoint'));
    }
    expect(messages).toMatchInlineSnapshot(`
      [
        "TrainError: saveCheckpoint: optimizer/count must be named <a variable's path>/<name>, got "F32 []".",
        "TrainError: saveCheckpoint: optimizer/dense/count must be named <a variable's path>/<name>, got "F32 []".",
        "TrainError: saveCheckpoint: optimizer/dense/bias/count must be F32 of shape [3], as its variable is, got "F32 []".",
        "TrainError: saveCheckpoint: optimizer/dense/bias/moments/first must be named <a variable's path>/<name>, got "F32 [3]".",
        "TrainError: saveCheckpoint: optimizer/dense/bias/count must be F32 of shape [3], as its variable is, got "I32 [3]".",
        "TrainError: saveCheckpoint: step must be an integer in [0, 9007199254740991], got 0.5.",
        "TrainError: saveCheckpoint: step must be an integer in [0, 9007199254740991], got -1.",
        "TrainError: saveCheckpoint: step must be an integer in [0, 9007199254740991], got 9007199254740992.",
        "TrainError: saveCheckpoint: progress must hold a loss and the numbers of correct and of all images, got {"loss":NaN,"correct":3,"images":8}.",
        "TrainError: saveCheckpoint: progress must hold a loss and the numbers of correct and of all images, got {"loss":2.5,"correct":9,"images":8}.",
        "TrainError: saveCheckpoint: progress must hold a loss and the numbers of correct and of all images, got {"loss":2.5,"correct":0,"images":0}.",
        "TrainError: saveCheckpoint: progress must hold a loss and the numbers of correct and of all images, got null.",
        "OptionError: saveCheckpoint: seed must be an integer in [0, 4294967295], got 1.5.",
        "OptionError: saveCheckpoint: seed must be an integer in [0, 4294967295], got -1.",
        "OptionError: saveCheckpoint: seed must be an integer in [0, 4294967295], got 4294967296.",
        "OptionError: saveCheckpoint: seed must be an integer in [0, 4294967295], got "3".",
        "SpecError: saveCheckpoint: spec must be an object, but is missing.",
        "SpecError: saveCheckpoint: layers must end in logits of shape [4], one for each of the classes, got [3].",
      ]
    `);
    expect(await bytesOf(folder)).toEqual(before);
    dispose(own);
    expect(memory().numTensors).toBe(tensors);
    disposeState(state);
  });
});
