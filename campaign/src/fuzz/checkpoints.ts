import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModel, type ModelSpec } from '@normlab/models';
import type { RandomStream } from '@normlab/random';
import { disposeState, initState, sgd } from '@normlab/train';
import { checkpointFileName, loadCheckpoint, saveCheckpoint } from '@normlab/train/node';
import { damageBytes } from './damageBytes.js';
import { damageJson } from './damageJson.js';
import type { Subject } from './subject.js';

const spec: ModelSpec = {
  name: 'tiny',
  input: [4, 4, 3],
  classes: 3,
  layers: [
    { type: 'conv', name: 'conv', channels: 2, kernel: 3, stride: 1, padding: 'same', bias: false },
    { type: 'norm', name: 'norm', gain: true, bias: true, epsilon: 1e-5, decay: 0.9 },
    { type: 'globalPool', name: 'pool' },
    { type: 'dense', name: 'dense', units: 3, bias: true },
  ],
};

/** Checkpoints: with damaged bytes, and with damaged contents behind a hash that is right. */
export async function checkpointSubjects(folder: string): Promise<Subject[]> {
  const model = buildModel(spec);
  const optimizer = sgd({ learningRate: 0.1, momentum: 0.9 });
  const state = initState(model, optimizer, 1);
  const progress = { loss: 3, correct: 1, images: 4 };
  await saveCheckpoint(folder, { ...state, step: 3, progress }, { seed: 1, spec });
  disposeState(state);
  const file = join(folder, checkpointFileName);
  const whole = await readFile(file);
  const load = async (bytes: Uint8Array, of?: typeof model) => {
    await writeFile(file, bytes);
    const checkpoint = await loadCheckpoint(folder, of === undefined ? {} : { model: of });
    disposeState(checkpoint.state);
    return 'accepted' as const;
  };
  return [
    { name: 'checkpoint, bytes', read: (stream) => load(damageBytes(whole, stream), model) },
    {
      name: 'checkpoint, contents behind a right hash',
      read: (stream) =>
        load(sealed(damageHeader(whole, stream)), stream.integer(2) === 0 ? model : undefined),
    },
  ];
}

/** A safetensors file whose JSON header is damaged, its length put right. */
function damageHeader(bytes: Buffer, stream: RandomStream): Buffer {
  const length = Number(bytes.readBigUInt64LE());
  const header: { __metadata__: Record<string, string> } = JSON.parse(bytes.toString('utf8', 8, 8 + length));
  const text =
    stream.integer(2) === 0
      ? damageJson(header, stream)
      : JSON.stringify({ ...header, __metadata__: damageMetadata(header.__metadata__, stream) });
  const content = Buffer.from(text);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(content.length));
  const data = bytes.subarray(8 + length);
  return Buffer.concat([size, content, stream.integer(3) === 0 ? damageBytes(data, stream) : data]);
}

/** The metadata with one text, which may be JSON, damaged. */
function damageMetadata(metadata: Record<string, string>, stream: RandomStream): Record<string, string> {
  const names = Object.keys(metadata).filter((name) => name !== 'sha256');
  const name = names[stream.integer(names.length)]!;
  const text = metadata[name]!;
  const value: unknown = /^[[{\d]/.test(text) ? JSON.parse(text) : text;
  return { ...metadata, [name]: damageJson(value, stream) };
}

/** The same file with the hash that its content has. */
function sealed(bytes: Buffer): Buffer {
  const at = bytes.indexOf('"sha256":"');
  if (at < 0) return bytes;
  const copy = Buffer.from(bytes);
  copy.fill('0', at + 10, Math.min(copy.length, at + 74));
  const hash = createHash('sha256').update(copy).digest('hex');
  copy.write(hash, at + 10);
  return copy;
}
