import { OptionError } from '@normlab/errors';
import { unavailableError } from '../availability.js';
import { type Dawn, type DawnAdapter, type DawnInstance, loadDawn, loadLibrary } from './dawn.js';
import { brokenDawn, noAdapter, webgpuPackages } from './requirements.js';
import { type AdapterSource, machineSource, softwareSource } from './vulkan.js';

/** Dawn and one of its adapters; the instance must be kept as long as the adapter's device is in use. */
export type OpenAdapter = {
  readonly dawn: Dawn;
  /** The path of tfjs's backend. */
  readonly tfjs: string;
  readonly instance: DawnInstance;
  readonly adapter: DawnAdapter;
};

type Found = Pick<OpenAdapter, 'instance' | 'adapter'>;

/**
 * Asks Dawn for an adapter.
 *
 * @param choice part of the name of one of the machine's adapters, or `software`; undefined for the machine's fastest,
 * or the software adapter where it has none
 * @throws BackendError where a package or every adapter is missing
 * @throws OptionError where no adapter has that name
 */
export async function requestAdapter(choice: string | undefined): Promise<OpenAdapter> {
  const packages = webgpuPackages();
  if ('reason' in packages) throw unavailableError('webgpu', packages);
  const dawn = await loadDawn(packages.dawn).catch((cause: unknown) => {
    const failure = cause instanceof Error ? cause.message.split('\n')[0]! : String(cause);
    throw unavailableError('webgpu', brokenDawn(failure), cause);
  });
  const found =
    choice === 'software'
      ? await softwareAdapter(dawn)
      : ((await machineAdapter(dawn, choice)) ?? (await softwareAdapter(dawn)));
  if (found === undefined) throw unavailableError('webgpu', noAdapter());
  return { dawn, tfjs: packages.tfjs, ...found };
}

/** The machine's adapter of that name, or its fastest without a name; undefined where it has none. */
async function machineAdapter(dawn: Dawn, name: string | undefined): Promise<Found | undefined> {
  const source = await machineSource();
  if (source === undefined) {
    if (name !== undefined) throw unknownAdapter(name, []);
    return undefined;
  }
  if (name === undefined) return ask(dawn, source, []).catch(() => undefined);
  const exactly = (each: string) => ask(dawn, source, [`adapter=${each}`]);
  const found = await exactly(name).catch((error: unknown) => {
    // Where no adapter has the name, Dawn's error lists the names of all adapters.
    const names = [...String(error).matchAll(/name: '([^']*)'/g)].map(([, each]) => each!);
    const meant = names.find((each) => plain(each).includes(plain(name)));
    if (meant === undefined) throw unknownAdapter(name, names);
    return exactly(meant);
  });
  if (found === undefined) throw unknownAdapter(name, []);
  return found;
}

/** Letters and digits in lower case: an adapter's description differs in case and signs from its name in Dawn. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

async function softwareAdapter(dawn: Dawn): Promise<Found | undefined> {
  const source = await softwareSource();
  return source === undefined ? undefined : ask(dawn, source, ['backend=vulkan']);
}

/**
 * Asks for an adapter with the source's library loaded and its environment variables set, then restores the variables.
 */
async function ask(
  dawn: Dawn,
  { loader, env }: AdapterSource,
  flags: readonly string[],
): Promise<Found | undefined> {
  if (loader !== undefined) loadLibrary(loader);
  const before = Object.keys(env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, env);
  try {
    const instance = dawn.create(flags);
    const adapter = await instance.requestAdapter({ powerPreference: 'high-performance' });
    return adapter === null ? undefined : { instance, adapter };
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
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
