import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { BackendError } from '@normlab/errors';
import { resolvePackage } from '../resolvePackage.js';

/** The package that contains SwiftShader, a Vulkan driver that runs on the CPU. */
export const softwarePackage = '@sparticuz/chromium';

const folderPrefix = 'normlab-swiftshader-';
const parts = ['libvulkan.so.1', 'libvk_swiftshader.so', 'vk_swiftshader_icd.json'];

/** The software Vulkan driver, unpacked. */
export type SoftwareVulkan = {
  /** The Vulkan loader library. */
  readonly loader: string;
  /** The JSON manifest by which the loader finds the driver. */
  readonly driverFile: string;
};

/** The archive with the driver; undefined where the package is not installed or the driver cannot run. */
export function softwareArchive(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  // The package exports only its main module, build/cjs/index.cjs.
  const main = resolvePackage(softwarePackage);
  return main === undefined ? undefined : join(dirname(main), '../../bin/swiftshader.tar.br');
}

/**
 * Unpacks the driver into a cache folder, once per version of the driver.
 *
 * The folder appears complete or not at all, even when several processes unpack at once.
 *
 * @throws BackendError where nothing can be written to the cache folder
 */
export async function unpackSoftwareVulkan(archive: string, cache = cacheFolder()): Promise<SoftwareVulkan> {
  const packed = await readFile(archive);
  const version = createHash('sha256').update(packed).digest('hex').slice(0, 16);
  const folder = join(cache, folderPrefix + version);
  const unpacked = { loader: join(folder, parts[0]!), driverFile: join(folder, parts[2]!) };
  if (await exists(folder)) return unpacked;
  const fresh = await freshFolder(cache);
  try {
    const { extract } = await import('tar');
    const wanted = (path: string) => parts.includes(path.replace(/^\.\//, ''));
    await pipeline(
      Readable.from([packed]),
      createBrotliDecompress(),
      extract({ cwd: fresh, filter: wanted }),
    );
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Another process may have unpacked it first.
    if (!(await exists(folder))) throw error;
  }
  return unpacked;
}

/** Whether this process has loaded the Vulkan loader of the package (it stays loaded). */
export async function softwareVulkanLoaded(): Promise<boolean> {
  const maps = await readFile('/proc/self/maps', 'utf8').catch(() => '');
  return maps.split('\n').some((line) => line.includes(folderPrefix) && line.endsWith(parts[0]!));
}

async function freshFolder(cache: string): Promise<string> {
  try {
    await mkdir(cache, { recursive: true });
    return await mkdtemp(join(cache, 'unpacking-'));
  } catch (cause) {
    throw new BackendError(
      {
        where: 'openBackend',
        what: 'the cache folder',
        rule: 'be writable, to unpack the software adapter',
        got: cache,
        hint: 'set XDG_CACHE_HOME to a folder that is',
      },
      { cause },
    );
  }
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'normlab');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
