import { execFileSync } from 'node:child_process';
import {
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageFolderOptions, imageFolder } from '@normlab/datasets/node';
import { temporaryFolder } from '@normlab/testing';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { noiseImage } from './fixtures.js';
import { pngHeader } from './pngHeader.js';

let root: string;
let userCache: string;
beforeAll(async () => {
  root = await temporaryFolder();
  userCache = await temporaryFolder();
  process.env.XDG_CACHE_HOME = userCache;
});

function bytesOf(seed: number, side = 8): Uint8Array {
  return Uint8Array.from(noiseImage(seed, side, side).values);
}

function png(pixels: Uint8Array, side = 8): Promise<Buffer> {
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 0 })
    .toBuffer();
}

const writtenAt = new Date('2020-01-01');

/** A folder with classes ant, bee, Cow: two images each in train, one in test; seeds 1 … 9 in order. */
async function written(name: string): Promise<string> {
  const dir = join(root, name);
  let seed = 1;
  for (const [part, count] of [
    ['train', 2],
    ['test', 1],
  ] as const) {
    for (const className of ['Cow', 'ant', 'bee']) {
      await mkdir(join(dir, part, className), { recursive: true });
      for (let i = 0; i < count; i++) {
        const file = join(dir, part, className, `${i}.png`);
        await writeFile(file, await png(bytesOf(seed++)));
        await utimes(file, writtenAt, writtenAt);
      }
    }
  }
  return dir;
}

/** Reads the folder and counts the decoded images: 0 if they came from the cache. */
async function read(dir: string, options: ImageFolderOptions = {}) {
  let decoded = 0;
  const warnings: string[] = [];
  const dataset = await imageFolder(dir, {
    ...options,
    onProgress: () => decoded++,
    onWarning: (warning) => warnings.push(warning.replaceAll(root, '<root>')),
  });
  return { ...dataset, decoded, warnings };
}

async function complaintOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => new Error('nothing went wrong'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error) || error.name !== 'DataError') throw error;
  return error.message.replaceAll(root, '<root>');
}

describe('imageFolder', () => {
  it('orders classes and files by code unit, and keeps pixels unchanged', async () => {
    const { train, test } = await read(await written('order'));
    expect(train.classes).toEqual(['Cow', 'ant', 'bee']);
    expect(train.shape).toEqual([8, 8, 3]);
    expect([...train.labels]).toEqual([0, 0, 1, 1, 2, 2]);
    expect([...test.labels]).toEqual([0, 1, 2]);
    expect([...train.images]).toEqual([1, 2, 3, 4, 5, 6].flatMap((seed) => [...bytesOf(seed)]));
    expect([...test.images]).toEqual([7, 8, 9].flatMap((seed) => [...bytesOf(seed)]));
  });

  it('reads JPEG, grey and transparent images, and ignores other files', async () => {
    const dir = await written('kinds');
    const grey = { create: { width: 8, height: 8, channels: 3, background: '#646464' } } as const;
    const folder = join(dir, 'train', 'ant');
    await rm(join(folder, '1.png'));
    await sharp(grey).jpeg({ quality: 100 }).toFile(join(folder, '1.JPG'));
    await sharp(grey).toColourspace('b-w').png().toFile(join(folder, '2.png'));
    await sharp({
      create: { width: 8, height: 8, channels: 4, background: { r: 9, g: 8, b: 7, alpha: 0.5 } },
    })
      .png()
      .toFile(join(folder, '3.png'));
    await writeFile(join(folder, 'notes.txt'), 'none');
    await writeFile(join(folder, '._1.jpg'), 'none');
    await writeFile(join(dir, 'train', '.DS_Store'), 'none');
    const { train } = await read(dir);
    const colours = (index: number) => {
      const pixels = Array.from({ length: 64 }, (_, at) =>
        train.images.subarray(index * 192 + at * 3, index * 192 + at * 3 + 3).join(' '),
      );
      return [...new Set(pixels)];
    };
    expect(train.labels).toHaveLength(8);
    expect([colours(3), colours(4), colours(5)]).toEqual([['100 100 100'], ['100 100 100'], ['9 8 7']]);
  });
});

describe('the cache', () => {
  it('is used while nothing changes, and gives the same images', async () => {
    const dir = await written('cached');
    const first = await read(dir);
    const second = await read(dir);
    expect([first.decoded, second.decoded]).toEqual([9, 0]);
    expect({ ...second, decoded: 9 }).toEqual(first);
    expect(await readdir(dir)).toEqual(['.normlab-cache', 'test', 'train']);
  });

  const changes: [string, (dir: string) => Promise<void>][] = [
    ['an image is rewritten, even with its old size and time', rewrite],
    ['an image is added', (dir) => copyFile(join(dir, 'train/ant/0.png'), join(dir, 'train/ant/9.png'))],
    ['an image is removed', (dir) => rm(join(dir, 'train/ant/1.png'))],
    ['an image is renamed', (dir) => rename(join(dir, 'test/ant/0.png'), join(dir, 'test/ant/z.png'))],
    ['two images change places', swap],
  ];
  it.each(changes)('is not used when %s', async (what, change) => {
    const dir = await written(what.replaceAll(/\W/g, '-'));
    await read(dir);
    await change(dir);
    const changed = await read(dir);
    const fresh = await read(dir, { cache: false });
    expect(changed.decoded).toBe(fresh.decoded);
    expect({ ...changed }).toEqual({ ...fresh });
    expect((await read(dir)).decoded).toBe(0);
  });

  it.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length - 1)],
    ['too long', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
    ['damaged in an image', (bytes: Buffer) => flipped(bytes, bytes.length - 100)],
    ['damaged in its header', (bytes: Buffer) => flipped(bytes, 30)],
    ['empty', () => Buffer.alloc(0)],
    ['given another size of as many bytes', (bytes: Buffer) => withSize(bytes, '4 16')],
    ['given an invalid size', (bytes: Buffer) => withSize(bytes, '-8 -8')],
  ])('is not used when it is %s, and replaced', async (what, damage) => {
    const dir = await written(what.replaceAll(' ', '-'));
    const first = await read(dir);
    const file = join(dir, '.normlab-cache');
    const whole = await readFile(file);
    await writeFile(file, damage(whole));
    expect(await read(dir)).toEqual(first);
    expect(Buffer.compare(await readFile(file), whole)).toBe(0);
  });

  it('is written to the user’s cache folder if the data folder cannot be written', async () => {
    const dir = await written('unwritable');
    // A folder in the file's place: the rename fails, also for root, who ignores permissions.
    await mkdir(join(dir, '.normlab-cache'));
    const first = await read(dir);
    expect(first.warnings).toEqual([]);
    expect(await readdir(join(userCache, 'normlab'))).toHaveLength(1);
    expect((await read(dir)).decoded).toBe(0);
    expect(await readdir(dir)).toEqual(['.normlab-cache', 'test', 'train']);
  });

  it.each([true, false])(
    'is cleared of the partial file of a killed run (a complete cache exists: %s)',
    async (whole) => {
      const dir = await written(`killed-${whole}`);
      if (whole) await read(dir);
      const partial = join(dir, '.normlab-cache.01234567-89ab-cdef-0123-456789abcdef.partial');
      await writeFile(partial, 'half');
      await utimes(partial, writtenAt, writtenAt);
      expect((await read(dir)).decoded).toBe(whole ? 0 : 9);
      expect(await readdir(dir)).toEqual(['.normlab-cache', 'test', 'train']);
    },
  );

  it('is written where the option says, or nowhere', async () => {
    const dir = await written('option');
    const cache = join(root, 'elsewhere', 'images');
    await read(dir, { cache });
    expect((await stat(cache)).size).toBe(256 + 9 * 192);
    expect((await read(dir, { cache })).decoded).toBe(0);
    expect((await read(dir, { cache: false })).decoded).toBe(9);
    expect(await readdir(dir)).toEqual(['test', 'train']);
  });

  it('warns, and returns the images, if it can be written nowhere', async () => {
    const dir = await written('nowhere');
    await writeFile(join(root, 'a-file'), '');
    const { warnings, decoded } = await read(dir, { cache: join(root, 'a-file', 'cache') });
    expect(decoded).toBe(9);
    expect(warnings).toMatchInlineSnapshot(`
      [
        "The decoded images could not be cached and will be decoded again: <root>/a-file/cache: EEXIST: file already exists, mkdir '<root>/a-file'.",
      ]
    `);
    // Without anyone to warn too.
    const { train } = await imageFolder(dir, { cache: join(root, 'a-file', 'cache') });
    expect(train.labels).toHaveLength(6);
    const [place] = (await readdir(join(userCache, 'normlab'))).map((name) =>
      join(userCache, 'normlab', name),
    );
    process.env.XDG_CACHE_HOME = place;
    try {
      await mkdir(join(dir, '.normlab-cache'));
      const [both] = (await read(dir)).warnings;
      expect(both).toMatch(/\.normlab-cache: E[A-Z]+: .*'; .*pictures-[0-9a-f]{16}: E[A-Z]+: .*\.$/);
    } finally {
      process.env.XDG_CACHE_HOME = userCache;
    }
  });
});

describe('errors', () => {
  it('refuses more than 256 classes, and takes 256', async () => {
    const dir = join(root, 'many-classes');
    const add = async (count: number) => {
      const names = ['train', 'test'].flatMap((part) =>
        Array.from({ length: count }, (_, i) => join(dir, part, `class${i}`)),
      );
      await Promise.all(names.map((name) => mkdir(name, { recursive: true })));
    };
    await add(256);
    expect(await complaintOf(imageFolder(dir))).toContain('must hold at least one .jpg, .jpeg or .png file');
    await add(257);
    const complaint = await complaintOf(imageFolder(dir));
    expect(complaint).toBe(
      'imageFolder: <root>/many-classes/train must hold at most 256 class folders, got 257.',
    );
    await expect(imageFolder(dir)).rejects.toMatchObject({ file: join(dir, 'train') });
  });

  it('keeps the decoder’s error as the cause', async () => {
    const dir = await written('cause');
    await writeFile(join(dir, 'train', 'ant', '0.png'), pngHeader(8, 8));
    await expect(imageFolder(dir)).rejects.toMatchObject({ name: 'DataError', cause: expect.any(Error) });
  });

  it('refuses a missing folder, an empty folder, and a folder with another layout', async () => {
    expect(await complaintOf(imageFolder(join(root, 'missing')))).toMatchInlineSnapshot(
      `"imageFolder: <root>/missing must be a folder with train and test in it, got "nothing there"."`,
    );
    await mkdir(join(root, 'void'));
    expect(await complaintOf(imageFolder(join(root, 'void')))).toMatchInlineSnapshot(
      `"imageFolder: <root>/void must be a folder with train and test in it, got "an empty folder"."`,
    );
    const dir = await written('otherwise');
    await rm(join(dir, 'test'), { recursive: true });
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/otherwise/test must be a folder with one folder per class, got "nothing there" (an image folder holds train/<class>/*.jpg and test/<class>/*.jpg, or .png)."`,
    );
  });

  it('refuses a class folder without images, and a class folder that the other part lacks', async () => {
    const dir = await written('classes');
    await rm(join(dir, 'test/bee/0.png'));
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/classes/test/bee must hold at least one .jpg, .jpeg or .png file, got "an empty folder"."`,
    );
    await rm(join(dir, 'test/bee'), { recursive: true });
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/classes/test must hold the same class folders as train, got "no folder \\"bee\\""."`,
    );
    await mkdir(join(dir, 'test/bee'));
    await mkdir(join(dir, 'test/dog'));
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/classes/train must hold the same class folders as test, got "no folder \\"dog\\""."`,
    );
  });

  it('refuses a .jpg file that is not a JPEG', async () => {
    const dir = await written('none');
    await writeFile(join(dir, 'train/bee/2.jpg'), 'not an image');
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/none/train/bee/2.jpg must begin like a JPEG (FF D8 FF) or a PNG (89 50 4E 47) file, got "6E 6F 74 20"."`,
    );
    await expect(imageFolder(dir)).rejects.toMatchObject({
      file: join(dir, 'train/bee/2.jpg'),
      byteOffset: 0,
    });
    await writeFile(join(dir, 'train/bee/2.jpg'), '');
    expect(await complaintOf(imageFolder(dir))).toContain('2.jpg must begin like a JPEG (FF D8 FF)');
    expect(await readdir(dir)).toEqual(['test', 'train']);
  });

  it('names a folder in an image’s place', async () => {
    const dir = await written('folder-as-image');
    await mkdir(join(dir, 'train/bee/a.png'));
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/folder-as-image/train/bee/a.png must be a plain file, got "a folder"."`,
    );
  });

  it.skipIf(process.platform === 'win32')(
    'names a pipe and a device in an image’s place, without waiting for them',
    async () => {
      const dir = await written('pipes');
      const file = join(dir, 'test/bee/0.png');
      await rm(file);
      execFileSync('mkfifo', [file]);
      expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
        `"imageFolder: <root>/pipes/test/bee/0.png must be a plain file, got "a pipe"."`,
      );
      await rm(file);
      await symlink('/dev/zero', file);
      expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
        `"imageFolder: <root>/pipes/test/bee/0.png must be a plain file, got "a device"."`,
      );
      await rm(join(dir, 'test/bee'), { recursive: true });
      execFileSync('mkfifo', [join(dir, 'test/bee')]);
      expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
        `"imageFolder: <root>/pipes/test must hold the same class folders as train, got "no folder \\"bee\\""."`,
      );
    },
  );

  it.skipIf(process.platform === 'win32')('does not wait for a pipe in the cache’s place', async () => {
    const dir = await written('cache-pipe');
    execFileSync('mkfifo', [join(dir, '.normlab-cache')]);
    expect((await read(dir)).decoded).toBe(9);
    expect((await read(dir)).decoded).toBe(0);
  });

  it.skipIf(process.platform !== 'linux')('says which name is not UTF-8', async () => {
    const dir = await written('latin1');
    const folder = Buffer.from(join(dir, 'train/bee/'));
    await writeFile(Buffer.concat([folder, Buffer.from('caf\xe9.txt', 'latin1')]), 'not an image');
    expect((await read(dir, { cache: false })).decoded).toBe(9);
    await writeFile(Buffer.concat([folder, Buffer.from('caf\xe9.png', 'latin1')]), await png(bytesOf(1)));
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/latin1/train/bee must hold only names in UTF-8, got "café.png" (shown as ISO 8859-1; rename it)."`,
    );
  });

  it('refuses an image by the size in its header, before it is decoded', async () => {
    const dir = await written('bomb');
    await writeFile(join(dir, 'test/bee/0.png'), pngHeader(16_000, 16_000));
    expect(await complaintOf(imageFolder(dir))).toContain(
      'test/bee/0.png must have shape [8, 8, 3], as <root>/bomb/train/Cow/0.png has, got [16000,16000,3]',
    );
    await writeFile(join(dir, 'train/Cow/0.png'), pngHeader(100_000, 100_000));
    expect(await complaintOf(imageFolder(dir))).toMatchInlineSnapshot(
      `"imageFolder: <root>/bomb must take at most 4294967296 bytes decoded, got 270000000000 (its images have shape [100000, 100000, 3]; scale them down first)."`,
    );
  });

  it.each(['jpeg', 'png'] as const)('refuses a %s that is cut off', async (format) => {
    const dir = await written(`cut-${format}`);
    const whole = await sharp(bytesOf(1, 64), { raw: { width: 64, height: 64, channels: 3 } })
      .toFormat(format)
      .toBuffer();
    await writeFile(join(dir, 'train/Cow/0.png'), whole.subarray(0, whole.length / 2));
    expect(await complaintOf(imageFolder(dir))).toContain(
      `<root>/cut-${format}/train/Cow/0.png must be a whole image that can be decoded, got`,
    );
  });

  it.each([
    [9, 8],
    [8, 9],
  ])('refuses an image of width %i and height %i among 8×8 ones', async (width, height) => {
    const dir = await written(`sizes-${width}-${height}`);
    await sharp({ create: { width, height, channels: 3, background: 'red' } }).toFile(
      join(dir, 'test/bee/0.png'),
    );
    expect(await complaintOf(imageFolder(dir))).toMatchSnapshot();
  });
});

async function rewrite(dir: string): Promise<void> {
  const file = join(dir, 'train/ant/0.png');
  const { size } = await stat(file);
  await writeFile(file, await png(bytesOf(77)));
  await utimes(file, writtenAt, writtenAt);
  expect(await stat(file)).toMatchObject({ size, mtime: writtenAt });
}

async function swap(dir: string): Promise<void> {
  const [a, b, c] = ['train/ant/0.png', 'train/bee/0.png', 'c.png'].map((path) => join(dir, path));
  await rename(a!, c!);
  await rename(b!, a!);
  await rename(c!, b!);
}

/** The cache with another size in the last line of its header. */
function withSize(bytes: Buffer, size: string): Buffer {
  const copy = Buffer.from(bytes);
  copy.write(`${size}\n`, bytes.indexOf('\n8 8\n') + 1);
  return copy;
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1;
  return copy;
}
