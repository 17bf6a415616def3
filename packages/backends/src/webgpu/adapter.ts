import { OptionError } from '@normlab/errors';
import { unavailableError } from '../availability.js';
import {
  type Dawn,
  type DawnAdapter,
  type DawnInstance,
  loadDawn,
  loadLibrary,
  systemVulkan,
} from './dawn.js';
import { noAdapter, webgpuPackages } from './requirements.js';
import { softwareArchive, softwareVulkanLoaded, unpackSoftwareVulkan } from './softwareVulkan.js';

/** Dawn and an adapter of it; the instance must be kept as long as the adapter's device is in use. */
export type OpenAdapter = {
  readonly dawn: Dawn;
  /** The file of tfjs's backend. */
  readonly tfjs: string;
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
  const packages = webgpuPackages();
  if ('reason' in packages) throw unavailableError('webgpu', packages);
  const dawn = await loadDawn(packages.dawn);
  const found =
    choice === 'software'
      ? await softwareAdapter(dawn)
      : ((await machineAdapter(dawn, choice)) ?? (await softwareAdapter(dawn)));
  if (found === undefined) throw unavailableError('webgpu', noAdapter());
  return { dawn, tfjs: packages.tfjs, ...found };
}

/** An adapter that the machine has; undefined where it has none. */
async function machineAdapter(dawn: Dawn, name: string | undefined): Promise<Found | undefined> {
  // Without a loader of its own, or with only ours, Dawn would find nothing and print a warning.
  if (process.platform === 'linux' && ((await softwareVulkanLoaded()) || !loadLibrary(systemVulkan))) {
    if (name !== undefined) throw unknownAdapter(name, []);
    return undefined;
  }
  const flags = name === undefined ? [] : [`adapter=${name}`];
  const found = await ask(dawn.create(flags)).catch((error: unknown) => {
    // The error of a name that does not fit lists those that would.
    const names = [...String(error).matchAll(/name: '([^']*)'/g)].map(([, each]) => each!);
    if (name !== undefined) throw unknownAdapter(name, names);
    return undefined;
  });
  if (found === undefined && name !== undefined) throw unknownAdapter(name, []);
  return found;
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

function unknownAdapter(name: string, found: readonly string[]): OptionError {
  return new OptionError({
    where: 'openBackend',
    what: 'adapter',
    rule: 'be "software" or part of the name of an adapter of this machine',
    got: name,
    hint: found.length > 0 ? `found: ${found.join(', ')}` : 'this machine has none',
  });
}
