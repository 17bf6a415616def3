import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BackendError } from '@normlab/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { softwareArchive, unpackSoftwareVulkan } from '../../src/webgpu/softwareVulkan.js';

const archive = softwareArchive();

describe.skipIf(archive === undefined)(
  `unpackSoftwareVulkan${archive === undefined ? ', SKIPPED: @sparticuz/chromium does not run here' : ''}`,
  () => {
    let cache: string;
    beforeEach(async () => {
      cache = await mkdtemp(join(tmpdir(), 'normlab-test-'));
    });
    afterEach(() => rm(cache, { recursive: true }));

    it('unpacks a loader, a driver and its manifest, once, even when called twice at a time', async () => {
      const [first, second] = await Promise.all([
        unpackSoftwareVulkan(archive!, cache),
        unpackSoftwareVulkan(archive!, cache),
      ]);
      expect(second).toEqual(first);
      const [folder, ...others] = await readdir(cache);
      expect(others).toEqual([]);
      expect((await readdir(join(cache, folder!))).sort()).toEqual([
        'libvk_swiftshader.so',
        'libvulkan.so.1',
        'vk_swiftshader_icd.json',
      ]);
      expect(JSON.parse(await readFile(first.driverFile, 'utf8'))).toMatchObject({
        ICD: { library_path: './libvk_swiftshader.so' },
      });
      const { mtimeMs } = await stat(first.loader);
      await unpackSoftwareVulkan(archive!, cache);
      expect((await stat(first.loader)).mtimeMs).toBe(mtimeMs);
    });

    it('says what to do where nothing can be written', async () => {
      const file = join(cache, 'file');
      await writeFile(file, '');
      const unpacking = unpackSoftwareVulkan(archive!, join(file, 'inner'));
      await expect(unpacking).rejects.toThrow(BackendError);
      await expect(unpacking).rejects.toThrow(
        `openBackend: the cache folder must be writable, to unpack the software adapter, got "${file}/inner" (set XDG_CACHE_HOME to a folder that is).`,
      );
    });

    it('leaves no files of a truncated archive', async () => {
      const broken = join(cache, 'broken.tar.br');
      await writeFile(broken, (await readFile(archive!)).subarray(0, 100_000));
      await expect(unpackSoftwareVulkan(broken, join(cache, 'inner'))).rejects.toThrow();
      expect(await readdir(join(cache, 'inner'))).toEqual([]);
    });
  },
);
