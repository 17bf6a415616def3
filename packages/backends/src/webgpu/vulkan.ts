import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadLibrary } from './dawn.js';
import { softwareArchive, softwareVulkanLoaded, unpackSoftwareVulkan } from './softwareVulkan.js';

/** A way to let Dawn find adapters: what must be in the process while it looks. */
export type AdapterSource = {
  /** Vulkan's loader library, to be loaded first; none where Dawn does not use Vulkan. */
  readonly loader?: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The loader's name on Linux, as Dawn asks for it. */
const systemLoader = 'libvulkan.so.1';

/**
 * The way to the machine's own adapters; undefined where there can be none.
 *
 * A machine may have a driver and no loader, as containers do: the loader that came with the software
 * adapter then serves. Without any driver Dawn is not asked: it would find nothing and print a warning.
 */
export async function machineSource(): Promise<AdapterSource | undefined> {
  if (process.platform !== 'linux') return { env: {} };
  if (!(await softwareVulkanLoaded()) && loadLibrary(systemLoader)) return { loader: systemLoader, env: {} };
  const archive = softwareArchive();
  if (archive === undefined) return undefined;
  const added = driversIn(containerFolder);
  if (added.length === 0 && !driversAreNamed() && searchedFolders().flatMap(driversIn).length === 0) {
    return undefined;
  }
  const { loader } = await unpackSoftwareVulkan(archive);
  return { loader, env: added.length === 0 ? {} : { VK_ADD_DRIVER_FILES: added.join(':') } };
}

/** The way to the adapter that runs on the processor; undefined where its package is not installed. */
export async function softwareSource(): Promise<AdapterSource | undefined> {
  const archive = softwareArchive();
  if (archive === undefined) return undefined;
  const { loader, driverFile } = await unpackSoftwareVulkan(archive);
  // The second is what older loaders read.
  return { loader, env: { VK_DRIVER_FILES: driverFile, VK_ICD_FILENAMES: driverFile } };
}

/** Where clusters mount NVIDIA's driver into containers, and where no loader looks by itself. */
const containerFolder = '/usr/local/nvidia/share/vulkan/icd.d';

/** Where the loader looks for drivers: the XDG folders and /etc. */
function searchedFolders(): string[] {
  const { XDG_CONFIG_HOME, XDG_CONFIG_DIRS, XDG_DATA_HOME, XDG_DATA_DIRS } = process.env;
  return [
    XDG_CONFIG_HOME || join(homedir(), '.config'),
    ...(XDG_CONFIG_DIRS || '/etc/xdg').split(':'),
    '/etc',
    XDG_DATA_HOME || join(homedir(), '.local', 'share'),
    ...(XDG_DATA_DIRS || '/usr/local/share:/usr/share').split(':'),
  ].map((folder) => join(folder, 'vulkan', 'icd.d'));
}

function driversAreNamed(): boolean {
  const { VK_DRIVER_FILES, VK_ICD_FILENAMES, VK_ADD_DRIVER_FILES } = process.env;
  return Boolean(VK_DRIVER_FILES || VK_ICD_FILENAMES || VK_ADD_DRIVER_FILES);
}

function driversIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
