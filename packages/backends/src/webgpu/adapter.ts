import { BackendError, OptionError } from '@normlab/errors';
import {
  type Dawn,
  type DawnAdapter,
  type DawnInstance,
  dawnFile,
  loadDawn,
  loadLibrary,
  systemVulkan,
} from './dawn.js';
import {
  softwareArchive,
  softwarePackage,
  softwareVulkanLoaded,
  unpackSoftwareVulkan,
} from './softwareVulkan.js';

/** What Dawn needs to be installed. */
export const dawnRemedy = 'npm install webgpu@0.6.2 @tensorflow/tfjs-backend-webgpu@4.22.0';

/** Dawn and an adapter of it; the instance must be kept as long as the adapter's device is in use. */
export type OpenAdapter = {
  readonly dawn: Dawn;
  readonly instance: DawnInstance;
  readonly adapter: DawnAdapter;
};

type Found = Pick<OpenAdapter, 'instance' | 'adapter'>;

/**
 * Asks Dawn for an adapter.
 *
 * @param choice part of the name of one of the machine's adapters, or `software`; left out, it is the
 * machine's fastest, or the software adapter where it has none
 */
export async function requestAdapter(choice: string | undefined): Promise<OpenAdapter> {
  const file = dawnFile();
  if (file === undefined) throw unavailable('the package webgpu is not installed', dawnRemedy);
  const dawn = await loadDawn(file);
  const found =
    choice === 'software'
      ? await softwareAdapter(dawn)
      : ((await machineAdapter(dawn, choice)) ?? (await softwareAdapter(dawn)));
  if (found === undefined) throw unavailable(...noAdapter());
  return { dawn, ...found };
}

/** An adapter that the machine has; undefined where it has none. */
async function machineAdapter(dawn: Dawn, name: string | undefined): Promise<Found | undefined> {
  // Without a loader of its own, or with only ours, Dawn would find nothing and print a warning.
  if (process.platform === 'linux' && ((await softwareVulkanLoaded()) || !loadLibrary(systemVulkan))) {
    if (name !== undefined) throw unknownAdapter(name, []);
    return undefined;
  }
  const flags = name === undefined ? [] : [`adapter=${name}`];
  try {
    return await ask(dawn.create(flags));
  } catch (error) {
    const names = [...String(error).matchAll(/name: '([^']*)'/g)].map(([, found]) => found!);
    if (name !== undefined) throw unknownAdapter(name, names);
    return undefined;
  }
}

/** The adapter that runs on the processor; undefined where its package is not installed. */
async function softwareAdapter(dawn: Dawn): Promise<Found | undefined> {
  const archive = softwareArchive();
  if (archive === undefined) return undefined;
  const { loader, driverFile } = await unpackSoftwareVulkan(archive);
  loadLibrary(loader);
  const before = process.env.VK_ICD_FILENAMES;
  process.env.VK_ICD_FILENAMES = driverFile;
  try {
    return await ask(dawn.create(['backend=vulkan']));
  } finally {
    if (before === undefined) delete process.env.VK_ICD_FILENAMES;
    else process.env.VK_ICD_FILENAMES = before;
  }
}

async function ask(instance: DawnInstance): Promise<Found | undefined> {
  const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
  return adapter === null ? undefined : { instance, adapter };
}

/** Why there is no adapter at all, and what to do. */
export function noAdapter(): [reason: string, remedy: string] {
  if (process.platform === 'linux' && process.arch === 'x64') {
    return [
      `there is no GPU with a Vulkan driver, and the package ${softwarePackage} is not installed`,
      `install the GPU's driver, or npm install ${softwarePackage}@143.0.4 for an adapter in software`,
    ];
  }
  return ['there is no GPU that Dawn can use', "install the GPU's driver"];
}

function unavailable(reason: string, remedy: string): BackendError {
  return new BackendError({
    where: 'openBackend',
    what: 'backend "webgpu"',
    rule: `be available here, but ${reason}`,
    hint: remedy,
  });
}

function unknownAdapter(name: string, found: readonly string[]): OptionError {
  return new OptionError({
    where: 'openBackend',
    what: 'adapter',
    rule: 'be "software" or part of the name of an adapter of this machine',
    got: name,
    hint: found.length > 0 ? `found: ${found.join(', ')}` : 'this machine has none',
  });
}
