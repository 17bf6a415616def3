import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenBackend, openBackend } from '@normlab/backends';
import { allCnn, buildModel } from '@normlab/models';
import { messageOf, temporaryFolder } from '@normlab/testing';
import { decodeCheckpoint, disposeState, encodeCheckpoint, initState, sgd } from '@normlab/train';
import { saveCheckpoint } from '@normlab/train/node';
import { memory } from '@tensorflow/tfjs-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { stateBytes } from '../support/stateBytes.js';
import { tinyModel } from '../support/tinyModel.js';

const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
const meta = { seed: 3, spec: tinyModel.spec };

describe('a checkpoint as bytes', () => {
  let backend: OpenBackend;
  beforeAll(async () => {
    backend = await openBackend('cpu');
  });
  afterAll(() => backend.close());
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('is what saveCheckpoint writes', async () => {
    const folder = await temporaryFolder();
    const progress = { loss: 2.5, correct: 3, images: 8 };
    const state = { ...initState(tinyModel, optimizer, 3), step: 7, progress };
    await saveCheckpoint(folder, state, meta);
    const written = await readFile(join(folder, 'checkpoint.safetensors'));
    const bytes = await encodeCheckpoint(state, meta);
    expect(Buffer.compare(bytes, written)).toBe(0);
    disposeState(state);
  });

  it('gives its state and note back', async () => {
    const tensors = memory().numTensors;
    const progress = { loss: 0.5, correct: 8, images: 8 };
    const state = { ...initState(tinyModel, optimizer, 3), step: 12, progress };
    const largest = { ...meta, seed: 2 ** 32 - 1 };
    const read = await decodeCheckpoint(await encodeCheckpoint(state, largest), { model: tinyModel });
    expect(read.meta).toEqual(largest);
    expect(read.state.step).toBe(12);
    expect(await stateBytes(read.state)).toEqual(await stateBytes(state));
    disposeState(read.state);
    disposeState(state);
    expect(memory().numTensors).toBe(tensors);
  });

  it('has no sums of an epoch between two epochs', async () => {
    const state = initState(tinyModel, optimizer, 3);
    const read = await decodeCheckpoint(await encodeCheckpoint(state, meta));
    expect('progress' in read.state).toBe(false);
    disposeState(read.state);
    disposeState(state);
  });

  it('is refused if a bit of it has changed, by the name of its file', async () => {
    const state = initState(tinyModel, optimizer, 3);
    const bytes = await encodeCheckpoint(state, meta);
    disposeState(state);
    bytes[bytes.length - 1]! ^= 1;
    const message = await messageOf(() => decodeCheckpoint(bytes, { file: 'dropped.safetensors' }));
    expect(message).toMatch(
      /^DataError: decodeCheckpoint: dropped.safetensors must have the SHA-256 in its header, [0-9a-f]{64}, got "[0-9a-f]{64}"/,
    );
    expect(await messageOf(() => decodeCheckpoint(bytes))).toMatch(
      /^DataError: decodeCheckpoint: checkpoint.safetensors /,
    );
  });

  it('is refused if it belongs to another model', async () => {
    const state = initState(tinyModel, optimizer, 3);
    const bytes = await encodeCheckpoint(state, meta);
    disposeState(state);
    const tensors = memory().numTensors;
    const model = buildModel(allCnn({ width: 0.1 }));
    expect(await messageOf(() => decodeCheckpoint(bytes, { model }))).toMatch(
      /^TrainError: decodeCheckpoint: checkpoint.safetensors must hold params\/.*belongs to another model/s,
    );
    expect(memory().numTensors).toBe(tensors);
  });

  it('needs Web Crypto, and says where a page has it', async () => {
    const state = initState(tinyModel, optimizer, 3);
    for (const crypto of [{}, undefined]) {
      vi.stubGlobal('crypto', crypto);
      expect(await messageOf(() => encodeCheckpoint(state, meta))).toBe(
        'TrainError: encodeCheckpoint: crypto.subtle must exist, got "none" (load the page over https, or from localhost).',
      );
    }
    expect(await messageOf(() => decodeCheckpoint(new Uint8Array(8)))).toMatch(
      /^TrainError: decodeCheckpoint: crypto.subtle /,
    );
    disposeState(state);
  });
});
