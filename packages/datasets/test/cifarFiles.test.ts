import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import type { SplitDataset } from '@normlab/datasets';
import { cifar10, cifar100, writeCifar10 } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { noiseDataset, noiseSplit } from './fixtures.js';

let root: string;
beforeAll(async () => {
  root = await temporaryFolder();
});

/** The message without the folder, which changes from run to run. */
async function complaintOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing went wrong'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || error.name !== 'DataError') throw error;
  return error.message.replaceAll(root, '<root>');
}

/** A small data set in the official layout, in its own folder. */
async function written(name: string, dataset: SplitDataset = noiseSplit(23, 11)): Promise<string> {
  const dir = join(root, name);
  await writeCifar10(dir, dataset);
  return dir;
}

describe('writeCifar10', () => {
  it.each(['', ' x', 'x ', 'a\nb', '\uFEFFx', 'x\uD800'])(
    'refuses a class named %j, which would not come back',
    async (name) => {
      const { train, test } = noiseSplit(23, 11);
      const classes = [name, ...train.classes.slice(1)];
      const dir = join(root, 'bad-names');
      const complaint = await complaintOf(
        writeCifar10(dir, { train: { ...train, classes }, test: { ...test, classes } }),
      );
      expect(complaint).toContain('writeCifar10: the name of each class must be a line of text');
      expect(complaint).toContain('(rename the class)');
      expect(await readdir(root)).not.toContain('bad-names');
    },
  );

  it('refuses other classes in the test part, or in another order, and labels that cifar10 refuses', async () => {
    const { train, test } = noiseSplit(23, 11);
    const dir = join(root, 'other-classes');
    for (const classes of [test.classes.toReversed(), [...test.classes.slice(1), 'class 0']]) {
      expect(await complaintOf(writeCifar10(dir, { train, test: { ...test, classes } }))).toContain(
        `writeCifar10: class 0 of the test part must be "class 0", as in the training part, got "${classes[0]}"`,
      );
    }
    const labels = test.labels.with(7, 10);
    for (const dataset of [
      { train, test: { ...test, labels } },
      { train: { ...train, labels: train.labels.with(7, 10) }, test },
    ]) {
      expect(await complaintOf(writeCifar10(dir, dataset))).toBe(
        'writeCifar10: the label of image 7 must be below 10, got 10.',
      );
    }
    expect(await readdir(root)).not.toContain('other-classes');
  });
});

describe('cifar10', () => {
  it('cifar10(writeCifar10(d)) = d, byte for byte and in order', async () => {
    const dataset = noiseSplit(23, 11);
    const dir = await written('round', dataset);
    const { train, test } = await cifar10(dir);
    expect(Buffer.compare(train.images, dataset.train.images)).toBe(0);
    expect(Buffer.compare(test.images, dataset.test.images)).toBe(0);
    expect({ ...train, images: 0 }).toEqual({ ...dataset.train, images: 0 });
    expect({ ...test, images: 0 }).toEqual({ ...dataset.test, images: 0 });
    expect((await readdir(dir)).sort()).toMatchInlineSnapshot(`
      [
        "batches.meta.txt",
        "data_batch_1.bin",
        "data_batch_2.bin",
        "data_batch_3.bin",
        "data_batch_4.bin",
        "data_batch_5.bin",
        "records.json",
        "test_batch.bin",
      ]
    `);
    expect((await stat(join(dir, 'test_batch.bin'))).size).toBe(11 * 3073);
  });

  it('finds the official folder one level down', async () => {
    await written('above/cifar-10-batches-bin');
    expect((await cifar10(join(root, 'above'))).train.labels).toHaveLength(23);
  });

  it('takes the official names if batches.meta.txt is missing', async () => {
    const dir = await written('names');
    await rm(join(dir, 'batches.meta.txt'));
    expect((await cifar10(dir)).train.classes[9]).toBe('truck');
  });

  it('requires the official sizes of a folder without records.json', async () => {
    const dir = await written('official');
    await rm(join(dir, 'records.json'));
    expect(await complaintOf(cifar10(dir))).toMatchInlineSnapshot(
      `"cifar10: <root>/official/data_batch_1.bin must be 30730000 bytes long (10000 records of 3073 bytes), got 12292 (it is cut off, 4 of its records are whole; delete it and unpack or download it again)."`,
    );
  });

  it('refuses a missing, an empty and a wrong folder', async () => {
    expect(await complaintOf(cifar10(join(root, 'missing')))).toMatchInlineSnapshot(
      `"cifar10: <root>/missing must be a folder with data_batch_1.bin … test_batch.bin, or hold one named cifar-10-batches-bin, got "nothing there" (download the binary version of the data set, or convert an image folder to it)."`,
    );
    await mkdir(join(root, 'empty'));
    expect(await complaintOf(cifar10(join(root, 'empty')))).toMatchInlineSnapshot(
      `"cifar10: <root>/empty must be a folder with data_batch_1.bin … test_batch.bin, or hold one named cifar-10-batches-bin, got "an empty folder" (download the binary version of the data set, or convert an image folder to it)."`,
    );
    const dir = await written('partial');
    expect(await complaintOf(cifar10(join(dir, 'data_batch_1.bin')))).toContain('got "a file"');
    await rm(join(dir, 'data_batch_3.bin'));
    expect(await complaintOf(cifar10(dir))).toMatchInlineSnapshot(
      `"cifar10: <root>/partial/data_batch_3.bin must be a file, got "nothing there"."`,
    );
  });

  it.each([1, 3073, 4 * 3073])('refuses a file cut off by %i bytes', async (bytes) => {
    const dir = await written(`cut-${bytes}`);
    await truncate(join(dir, 'data_batch_2.bin'), 5 * 3073 - bytes);
    expect(await complaintOf(cifar10(dir))).toMatchSnapshot();
    await expect(cifar10(dir)).rejects.toMatchObject({ byteOffset: 5 * 3073 - bytes });
  });

  it.each([1, 3073])('refuses a file that is %i bytes too long', async (bytes) => {
    const dir = await written(`long-${bytes}`);
    await appendFile(join(dir, 'test_batch.bin'), new Uint8Array(bytes));
    expect(await complaintOf(cifar10(dir))).toMatchSnapshot();
    await expect(cifar10(dir)).rejects.toMatchObject({ byteOffset: 11 * 3073 });
  });

  it('refuses a label out of range, with file and byte offset', async () => {
    const dir = await written('label');
    const file = join(dir, 'test_batch.bin');
    const bytes = await readFile(file);
    bytes[7 * 3073] = 10;
    await writeFile(file, bytes);
    expect(await complaintOf(cifar10(dir))).toMatchInlineSnapshot(
      `"cifar10: the label at byte 21511 of <root>/label/test_batch.bin must be below 10, got 10 (the file is damaged or belongs to another data set)."`,
    );
    await expect(cifar10(dir)).rejects.toMatchObject({ file, byteOffset: 7 * 3073 });
  });

  it('refuses a list of names or of record counts that does not match', async () => {
    const dir = await written('lists');
    await writeFile(join(dir, 'batches.meta.txt'), 'airplane\n\nbird\n');
    expect(await complaintOf(cifar10(dir))).toMatchInlineSnapshot(
      `"cifar10: <root>/lists/batches.meta.txt must list 10 class names, one per line, got 2."`,
    );
    await writeFile(join(dir, 'records.json'), '{"data_batch_1.bin": -1}');
    expect(await complaintOf(cifar10(dir))).toMatchInlineSnapshot(
      `"cifar10: "data_batch_1.bin" in <root>/lists/records.json must be an integer in [0, 1000000], the number of its records, got -1."`,
    );
    await writeFile(join(dir, 'records.json'), '{');
    expect(await complaintOf(cifar10(dir))).toContain('<root>/lists/records.json must hold JSON');
  });

  it('reads lists that begin with a byte order mark', async () => {
    const dir = await written('marked');
    const [names, counts] = [join(dir, 'batches.meta.txt'), join(dir, 'records.json')];
    const before = await cifar10(dir);
    for (const file of [names, counts]) await writeFile(file, `\uFEFF${await readFile(file, 'utf8')}`);
    expect(await cifar10(dir)).toEqual(before);
  });
});

describe('cifar100', () => {
  /** A folder of 3 + 2 records whose labels and pixels are computed from their place. */
  async function written100(name: string): Promise<string> {
    const dir = join(root, name);
    await mkdir(dir);
    const records = (count: number) =>
      Uint8Array.from({ length: count * 3074 }, (_, at) => {
        const [index, place] = [Math.floor(at / 3074), at % 3074];
        return place === 0 ? index : place === 1 ? 50 + index : place % 256;
      });
    await writeFile(join(dir, 'train.bin'), records(3));
    await writeFile(join(dir, 'test.bin'), records(2));
    await writeFile(join(dir, 'records.json'), '{"train.bin": 3, "test.bin": 2}');
    return dir;
  }

  it('reads fine and coarse labels and the pixels', async () => {
    const dir = await written100('hundred');
    const fine = await cifar100(dir);
    expect([...fine.train.labels]).toEqual([50, 51, 52]);
    expect([...fine.test.labels]).toEqual([50, 51]);
    expect(fine.train.classes[50]).toBe('mouse');
    // Pixel 0: bytes 2, 2 + 1024, 2 + 2048 of the record, each modulo 256.
    expect([...fine.train.images.subarray(0, 6)]).toEqual([2, 2, 2, 3, 3, 3]);
    const coarse = await cifar100(dir, { labels: 'coarse' });
    expect([...coarse.train.labels]).toEqual([0, 1, 2]);
    expect(coarse.train.classes).toHaveLength(20);
  });

  it('refuses what CIFAR-10 refuses', async () => {
    const dir = await written100('bad');
    await truncate(join(dir, 'train.bin'), 3 * 3074 - 1);
    expect(await complaintOf(cifar100(dir))).toMatchInlineSnapshot(
      `"cifar100: <root>/bad/train.bin must be 9222 bytes long (3 records of 3074 bytes), got 9221 (it is cut off, 2 of its records are whole; delete it and unpack or download it again)."`,
    );
    await rm(join(dir, 'records.json'));
    expect(await complaintOf(cifar100(dir))).toContain('train.bin must be 153700000 bytes long');
    expect(await complaintOf(cifar100(join(root, 'missing')))).toContain(
      'cifar100: <root>/missing must be a folder',
    );
    const parameters: { labels: 'fine' } = JSON.parse('{"labels": "both"}');
    await expect(cifar100(dir, parameters)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[OptionError: cifar100: labels must be "fine" or "coarse", got "both".]`,
    );
  });
});

describe('writeCifar10', () => {
  it('leaves out records.json if the counts are the official ones', async () => {
    const blank = (count: number) => ({
      ...noiseDataset(0),
      images: new Uint8Array(count * 3072),
      labels: new Uint8Array(count),
    });
    const dir = await written('full', { train: blank(50_000), test: blank(10_000) });
    expect(await readdir(dir)).not.toContain('records.json');
    expect((await stat(join(dir, 'data_batch_5.bin'))).size).toBe(30_730_000);
    expect((await cifar10(dir)).test.labels).toHaveLength(10_000);
  });

  it('writes into an empty folder; refuses a non-empty folder and leaves it unchanged', async () => {
    await mkdir(join(root, 'taken'));
    await writeCifar10(join(root, 'taken'), noiseSplit(5, 5));
    expect(await complaintOf(writeCifar10(join(root, 'taken'), noiseSplit(6, 6)))).toMatchInlineSnapshot(
      `"writeCifar10: <root>/taken must not exist yet, or be an empty folder, got "a folder"."`,
    );
    expect((await cifar10(join(root, 'taken'))).train.labels).toHaveLength(5);
  });

  it('removes what a killed run left beside the folder', async () => {
    const half = join(root, '.killed.01234567-89ab-cdef-0123-456789abcdef.partial');
    await mkdir(half);
    await writeFile(join(half, 'data_batch_1.bin'), 'half');
    await utimes(half, new Date('2020-01-01'), new Date('2020-01-01'));
    await written('killed');
    expect((await readdir(root)).filter((name) => name.includes('killed'))).toEqual(['killed']);
  });

  it('leaves nothing behind if it fails after some of its files', async () => {
    const before = await readdir(root);
    const { train, test } = noiseSplit(5, 5);
    let asked = 0;
    const failing = {
      ...test,
      get images(): Uint8Array {
        // The first time, all is checked, before anything is written.
        if (asked++ === 0) return test.images;
        throw new Error('these images are elsewhere');
      },
    };
    await expect(writeCifar10(join(root, 'half'), { train, test: failing })).rejects.toThrow('elsewhere');
    expect(await readdir(root)).toEqual(before);
  });

  it('leaves nothing behind if it cannot write', async () => {
    await writeFile(join(root, 'plain'), 'a file');
    const before = await readdir(root);
    expect(await complaintOf(writeCifar10(join(root, 'plain', 'below'), noiseSplit(5, 5)))).toContain(
      'writeCifar10:',
    );
    expect(await readdir(root)).toEqual(before);
    const wrong = { train: noiseDataset(4, { side: 24 }), test: noiseDataset(4) };
    await expect(writeCifar10(join(root, 'none'), wrong)).rejects.toThrow(
      'images must have shape [32, 32, 3]',
    );
    expect(await readdir(root)).toEqual(before);
  });
});
