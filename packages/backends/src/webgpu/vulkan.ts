import { readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { loadLibrary } from './dawn.js';
import { softwareArchive, softwareVulkanLoaded, unpackSoftwareVulkan } from './softwareVulkan.js';

/** How to let Dawn find adapters: the library and the environment variables that the process needs. */
export type AdapterSource = {
  /** The Vulkan loader, to be loaded first; absent where Dawn does not use Vulkan. */
  readonly loader?: string;
  readonly env: Readonly<Record<string, string>>;
};

/** The name by which Dawn loads the Vulkan loader on Linux. */
const systemLoader = 'libvulkan.so.1';

/**
 * The source of the machine's own adapters; undefined where it cannot have any.
 *
 * A machine, a container for example, may have a driver and no loader; the loader of the software adapter's package is
 * used then. Without any driver the answer is undefined, because Dawn would find nothing and print a warning.
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

/** The source of the software adapter; undefined where its package is not installed. */
export async function softwareSource(): Promise<AdapterSource | undefined> {
  const archive = softwareArchive();
  if (archive === undefined) return undefined;
  const { loader, driverFile } = await unpackSoftwareVulkan(archive);
  // Older loaders read the second variable.
  return { loader, env: { VK_DRIVER_FILES: driverFile, VK_ICD_FILENAMES: driverFile } };
}

/** Where clusters mount NVIDIA's driver into containers; loaders do not search this folder. */
const containerFolder = '/usr/local/nvidia/share/vulkan/icd.d';

/** The folders that the loader searches for drivers: the XDG folders and /etc. */
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
