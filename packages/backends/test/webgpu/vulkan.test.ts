import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { softwareArchive } from '../../src/webgpu/softwareVulkan.js';
import { machineSource, softwareSource } from '../../src/webgpu/vulkan.js';

const unfit = softwareArchive() === undefined;

describe.skipIf(unfit)(
  `adapter sources${unfit ? ', SKIPPED: @sparticuz/chromium does not run here' : ''}`,
  () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'normlab-test-'));
      vi.stubEnv('XDG_DATA_HOME', folder);
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
    });

    it('in software: a loader and its driver, in both variables', async () => {
      const source = await softwareSource();
      expect(source!.loader).toMatch(/libvulkan\.so\.1$/);
      expect(source!.env.VK_DRIVER_FILES).toMatch(/vk_swiftshader_icd\.json$/);
      expect(source!.env.VK_ICD_FILENAMES).toBe(source!.env.VK_DRIVER_FILES);
    });

    it('of a machine with a driver: a loader, the machine’s or the package’s', async () => {
      await mkdir(join(folder, 'vulkan/icd.d'), { recursive: true });
      await writeFile(join(folder, 'vulkan/icd.d/some_gpu.json'), '{}');
      expect((await machineSource())!.loader).toMatch(/libvulkan\.so\.1$/);
    });

    it('of a machine without a driver: undefined, unless the machine has a loader', async () => {
      vi.stubEnv('XDG_DATA_DIRS', folder);
      const source = await machineSource();
      if (source !== undefined) expect(source.loader).toBe('libvulkan.so.1');
    });
  },
);
